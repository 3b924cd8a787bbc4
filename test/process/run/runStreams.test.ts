// What goes into a job and what comes out: pipes, files, large output, limits of it.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MAX_INLINE_BYTES } from '../../../src/core/protocol/limits'
import { makeLaggingFile } from '../../support/laggingFile'
import { fixture, processesOf, RunBench } from '../../support/runs'
import { until } from '../../support/until'

let bench: RunBench
beforeAll(() => {
  bench = new RunBench()
})
afterAll(() => bench.close())

/** Bytes in which a mistake in their order or number shows. */
function pattern(length: number): Buffer {
  const bytes = Buffer.alloc(length)
  for (let at = 0; at + 4 <= length; at += 4) bytes.writeUInt32LE((at * 2654435761) % 2 ** 32, at)
  return bytes
}

describe('stdin', () => {
  test('bytes through a pipe, more than the pipe holds', async () => {
    const bytes = pattern(3_000_001)
    const { state, end } = await bench.run(['cat'], { stdin: { bytes } })
    expect(state).toBe('succeeded')
    expect(end.stdout).toMatchObject({ bytes: bytes.length })
    if ('file' in end.stdout) expect(readFileSync(end.stdout.file).equals(bytes)).toBe(true)
  })

  test('none is an end of file at once, and so are no bytes', async () => {
    expect((await bench.run(['wc', '-c'])).stdout.trim()).toBe('0')
    expect((await bench.run(['wc', '-c'], { stdin: { bytes: new Uint8Array() } })).stdout.trim()).toBe('0')
  })

  test('a file relative to the working folder', async () => {
    mkdirSync(bench.file('data'))
    writeFileSync(bench.file('data/in.txt'), 'from the file')
    const { stdout } = await bench.run(['cat'], { cwd: bench.file('data'), stdin: { file: 'in.txt' } })
    expect(stdout).toBe('from the file')
  })

  test('a megabyte that is never read', async () => {
    const { state, stdout, end } = await bench.run(fixture('never-reads.sh'), { stdin: { bytes: pattern(1_000_000) } })
    expect(state).toBe('succeeded')
    expect(stdout).toBe('done\n')
    expect(end.stderrBytes).toBe(0)
  })

  test('closed early', async () => {
    const bytes = Buffer.alloc(1_000_000, 'x')
    const { state, stdout } = await bench.run(fixture('closes-stdin.sh'), { stdin: { bytes } })
    expect(state).toBe('succeeded')
    expect(stdout).toBe('x and no more\n')
  })
})

describe('stdout and stderr through pipes', () => {
  test('bytes that are not UTF-8 on both', async () => {
    const { state, end } = await bench.run(fixture('not-utf8.py'))
    expect(state).toBe('succeeded')
    expect(end.stdout).toEqual({ bytes: Buffer.from('fffe00726573756c7480', 'hex') })
    expect(Buffer.from(end.stderr).toString('latin1')).toBe('caf\xe9 went wrong\n')
    expect(end.lastErrorLine).toBe('caf\ufffd went wrong')
  })

  test.each([0, 1, -1])('in memory up to 64 KiB, in a file above (%i)', async more => {
    const bytes = pattern(MAX_INLINE_BYTES + 4).subarray(0, MAX_INLINE_BYTES + more)
    const { end } = await bench.run(['cat'], { stdin: { bytes } })
    if (more > 0) {
      expect(end.stdout).toMatchObject({ bytes: bytes.length, file: expect.stringContaining('.out') })
      expect('file' in end.stdout && readFileSync(end.stdout.file).equals(bytes)).toBe(true)
    } else expect(end.stdout).toEqual({ bytes })
  })

  test.runIf(process.platform === 'linux')('can be opened by their names, as stdin can', async () => {
    const line = 'cat /dev/stdin > /dev/stdout; echo "a word" > /dev/stderr; echo more | tee /dev/stderr > /dev/null'
    const { stdout, stderr } = await bench.run(['sh', '-c', line], { stdin: { bytes: pattern(8) } })
    expect(Buffer.from(stdout)).toEqual(Buffer.from(pattern(8).toString()))
    expect(stderr).toBe('a word\nmore\n')
  })

  test('are not shared: a process that has hidden itself neither writes into those of later jobs nor reads them', async () => {
    const hides = await bench.run(fixture('hides-and-uses.py'), { stdin: { bytes: pattern(8) } })
    const strays = /^(\d+) (\d+)$/m.exec(hides.stderr)?.slice(1).map(Number) ?? []
    expect(strays).toHaveLength(2)
    try {
      for (let i = 0; i < 30; i++) {
        const { stdout, stderr } = await bench.run(['sh', '-c', 'sleep 0.02; cat'], {
          stdin: { bytes: Buffer.from(`${i}`) },
        })
        expect({ stdout, stderr }).toEqual({ stdout: `${i}`, stderr: '' })
      }
    } finally {
      for (const stray of strays) process.kill(stray, 'SIGKILL')
    }
  })

  test('many small pieces are put together', async () => {
    const { stdout } = await bench.run(fixture('chatters.sh'))
    expect(stdout).toBe(`${Array.from({ length: 20 }, (_, n) => n + 1).join('\n')}\n`)
  })

  test('both streams, several megabytes each, byte for byte', async () => {
    writeFileSync(bench.file('big'), pattern(9_000_000))
    const { state, end } = await bench.run(['cat big & cat big >&2 & wait'], { shell: true })
    const bytes = readFileSync(bench.file('big'))
    expect(state).toBe('succeeded')
    expect(end).toMatchObject({ stdoutBytes: bytes.length, stderrBytes: bytes.length, stderrTruncated: true })
    expect('file' in end.stdout && readFileSync(end.stdout.file).equals(bytes)).toBe(true)
    expect(readFileSync(end.stderrFile ?? '').equals(bytes)).toBe(true)
    expect(Buffer.from(end.stderr).equals(bytes.subarray(-MAX_INLINE_BYTES))).toBe(true)
  })

  test('what there is so far can be read while it runs', async () => {
    const { run, outcome, changes } = bench.start(fixture('waits-for-file.sh', 'go'))
    await until(() => run.progress.stdoutBytes >= 6 && run.progress.stderrBytes >= 12, 20_000, 'the first lines')
    expect(Buffer.from(await run.readOutput('stdout', 0, 100)).toString()).toBe('first\n')
    expect(Buffer.from(await run.readOutput('stdout', 2, 3)).toString()).toBe('rst')
    expect(Buffer.from(await run.readOutput('stderr', 0, 100)).toString()).toBe('first error\n')
    expect(await run.readOutput('stdout', 100, 100)).toHaveLength(0)
    expect(run.progress.lastErrorLine).toBe('first error')
    expect(changes()).toBeGreaterThan(0)
    writeFileSync(bench.file('go'), '')
    expect((await outcome).stdout).toBe('first\nsecond\n')
    rmSync(bench.file('go'))
  })

  test('large output can be read at any place while it runs', async () => {
    writeFileSync(bench.file('big'), pattern(5_000_000))
    const { run, outcome } = bench.start(['cat big; until [ -e go ]; do sleep 0.02; done'], { shell: true })
    await until(() => run.progress.stdoutBytes === 5_000_000, 30_000, 'all of the output')
    const bytes = readFileSync(bench.file('big'))
    for (const offset of [0, 65_530, 2_500_001, 4_999_990])
      expect(
        Buffer.from(await run.readOutput('stdout', offset, 1000)).equals(bytes.subarray(offset, offset + 1000)),
      ).toBe(true)
    writeFileSync(bench.file('go'), '')
    expect((await outcome).state).toBe('succeeded')
    rmSync(bench.file('go'))
  })

  test('too much output ends the job with an error; what came up to the limit is kept', async () => {
    const { run, outcome, id } = bench.start(fixture('floods.py'), { maxOutputBytes: 1_000_000 })
    const { state, error, end } = await outcome
    expect(state).toBe('failed')
    expect(error).toEqual({ kind: 'outputLimit', message: expect.stringContaining('more than 1000000 bytes') })
    expect(end.endedBy).toBe('limit')
    expect(end.stdout).toMatchObject({ bytes: 1_000_000 })
    expect('file' in end.stdout && readFileSync(end.stdout.file)).toHaveLength(1_000_000)
    expect(end.stdoutBytes).toBeGreaterThan(1_000_000)
    expect(run.pid).toBeDefined()
    expect(processesOf(id)).toEqual([])
  })

  test('a job that has written too much fails even if it was quicker than its end', async () => {
    const { state, error, end } = await bench.run(['head -c 3000 /dev/zero'], { shell: true, maxOutputBytes: 2048 })
    expect(state).toBe('failed')
    expect(error).toEqual({ kind: 'outputLimit', message: expect.stringContaining('more than 2 KB') })
    expect(end.stdout).toEqual({ bytes: Buffer.alloc(2048) })
  })

  test.runIf(process.platform === 'linux')('output that is not read while the disk lags is no silence', async () => {
    const spoolFile = bench.file('lagging')
    const file = makeLaggingFile(`${spoolFile}.out`)
    const job = bench.start(['head', '-c', '20000000', '/dev/zero'], { spoolFile, noOutputTimeoutMs: 2000 })
    await until(() => job.run.progress.stdoutBytes > 1_000_000, 20_000, 'the first megabyte')
    await bench.run(['sleep', '2.5'])
    const bytes = file.drain()
    expect(await job.outcome).toMatchObject({ state: 'succeeded', end: { stdoutBytes: 20_000_000 } })
    expect(await bytes).toBe(20_000_000)
  })

  test('exactly the limit is fine', async () => {
    expect((await bench.run(['head', '-c', '2048', '/dev/zero'], { maxOutputBytes: 2048 })).state).toBe('succeeded')
  })

  test('output that cannot be kept fails the job and names the file', async () => {
    const spoolFile = bench.file('gone/spool')
    const { state, error } = await bench.run(['head', '-c', '200000', '/dev/zero'], { spoolFile })
    expect(state).toBe('failed')
    expect(error?.message).toContain(`${spoolFile}.out: it does not exist`)
  })

  test.skipIf(!existsSync('/dev/full'))('a full disk fails the job', async () => {
    rmSync(bench.file('full.out'), { force: true })
    await bench.run(['ln', '-s', '/dev/full', 'full.out'])
    const { state, error } = await bench.run(['head', '-c', '200000', '/dev/zero'], { spoolFile: bench.file('full') })
    expect(state).toBe('failed')
    expect(error).toEqual({ kind: 'outputLimit', message: expect.stringContaining('the disk is full') })
  })
})

describe('files that the process writes itself', () => {
  /** What is not whole yet. */
  const parts = () =>
    readdirSync(bench.folder)
      .filter(name => name.includes('.part-'))
      .map(name => bench.file(name))

  test('have their names only after success', async () => {
    writeFileSync(bench.file('out.txt'), 'old')
    const { run, outcome } = bench.start(fixture('waits-for-file.sh', 'go'), {
      stdoutFile: 'out.txt',
      stderrFile: bench.file('err.txt'),
    })
    await until(() => run.progress.stderrBytes > 0 && run.progress.stdoutBytes > 0, 20_000, 'a look at the files')
    expect(readFileSync(bench.file('out.txt'), 'utf8')).toBe('old')
    expect(
      parts()
        .map(part => readFileSync(part, 'utf8'))
        .sort(),
    ).toEqual(['first\n', 'first error\n'])
    expect(run.progress.lastErrorLine).toBe('first error')
    expect(Buffer.from(await run.readOutput('stdout', 0, 100)).toString()).toBe('first\n')
    writeFileSync(bench.file('go'), '')
    const { state, stderr, end } = await outcome
    rmSync(bench.file('go'))
    expect(state).toBe('succeeded')
    expect(end.stdout).toEqual({ file: bench.file('out.txt'), bytes: 13 })
    expect(end).toMatchObject({ stderrFile: bench.file('err.txt'), stdoutBytes: 13, stderrBytes: 12 })
    expect(stderr).toBe('first error\n')
    expect(readFileSync(bench.file('out.txt'), 'utf8')).toBe('first\nsecond\n')
    expect(parts()).toEqual([])
  })

  test('go away after a failure, and an old file stays as it was', async () => {
    writeFileSync(bench.file('kept.txt'), 'old')
    const { run, outcome } = bench.start(fixture('exits-3-with-result.sh'), {
      stdoutFile: 'kept.txt',
      stderrFile: 'new.txt',
    })
    const { state, stderr, end } = await outcome
    expect(state).toBe('failed')
    expect(end.stdout).toEqual({ bytes: new Uint8Array() })
    expect(end.stderrFile).toBeUndefined()
    expect(stderr).toBe('but with a warning\n')
    expect(end.lastErrorLine).toBe('but with a warning')
    expect(readFileSync(bench.file('kept.txt'), 'utf8')).toBe('old')
    expect(existsSync(bench.file('new.txt'))).toBe(false)
    expect(parts()).toEqual([])
    expect(run.progress.stdoutBytes).toBe(19)
  })

  test('exit codes that are allowed count as success', async () => {
    const { state } = await bench.run(fixture('exits-3-with-result.sh'), { stdoutFile: 'ok3.txt', okExitCodes: [0, 3] })
    expect(state).toBe('succeeded')
    expect(readFileSync(bench.file('ok3.txt'), 'utf8')).toContain('complete')
  })

  test('one file for both streams', async () => {
    const { state, end } = await bench.run(fixture('exits-3-with-result.sh'), {
      stdoutFile: 'both.txt',
      stderrFile: './both.txt',
      okExitCodes: [3],
    })
    expect(state).toBe('succeeded')
    expect(end.stderrFile).toBe(bench.file('both.txt'))
    expect(readFileSync(bench.file('both.txt'), 'utf8')).toBe('{"complete": true}\nbut with a warning\n')
  })

  test('too much in a file ends the job', async () => {
    const { outcome, id } = bench.start(fixture('floods.py'), { stdoutFile: 'flood.dat', maxOutputBytes: 1_000_000 })
    const { state, error } = await outcome
    expect(state).toBe('failed')
    expect(error?.kind).toBe('outputLimit')
    expect(existsSync(bench.file('flood.dat'))).toBe(false)
    expect(processesOf(id)).toEqual([])
  })

  test('too much in a file fails a job that was quicker than its end', async () => {
    const { error } = await bench.run(['head', '-c', '3000', '/dev/zero'], {
      stdoutFile: 'more.dat',
      maxOutputBytes: 2048,
    })
    expect(error?.kind).toBe('outputLimit')
    expect(existsSync(bench.file('more.dat'))).toBe(false)
  })

  test('a device is written to and stays a device', async () => {
    expect((await bench.run(['echo', 'nothing'], { stdoutFile: '/dev/null' })).state).toBe('succeeded')
    expect((await bench.run(['test', '-c', '/dev/null'])).state).toBe('succeeded')
  })

  test('a name that a folder gets meanwhile: the result is kept and named', async () => {
    const { run, outcome } = bench.start(fixture('waits-for-file.sh', 'go'), { stdoutFile: 'taken' })
    await until(() => run.pid, 20_000, 'the start')
    mkdirSync(bench.file('taken'))
    writeFileSync(bench.file('go'), '')
    const { state, error } = await outcome
    rmSync(bench.file('go'))
    expect(state).toBe('failed')
    const [part = ''] = parts()
    expect(error?.message).toContain(`It is in ${part}`)
    expect(readFileSync(part, 'utf8')).toBe('first\nsecond\n')
    rmSync(part)
  })
})
