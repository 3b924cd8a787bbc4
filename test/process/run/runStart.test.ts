// What cannot be started, and what a job is started with.
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fixture, processesOf, RunBench } from '../../support/runs'

let bench: RunBench
beforeAll(() => {
  bench = new RunBench()
})
afterAll(() => bench.close())

async function failsToStart(command: readonly string[], changes: Parameters<RunBench['run']>[1] = {}): Promise<string> {
  const { state, error, end } = await bench.run(command, changes)
  expect(state).toBe('failed')
  expect(error?.kind).toBe('start')
  expect(end.startedAt).toBeUndefined()
  expect(end).toMatchObject({ exitCode: null, signal: null, endedBy: 'self', leftovers: 0, stdoutBytes: 0 })
  return error?.message ?? ''
}

describe('the error of what cannot be started names the program or the folder', () => {
  test('a program that is not on PATH', async () => {
    const message = await failsToStart(['no-such-program'], { env: { PATH: '/usr/bin:/nowhere' } })
    expect(message).toBe('The program "no-such-program" was not found. PATH searched: /usr/bin:/nowhere')
  })

  test('a program that is a path', async () => {
    expect(await failsToStart(['./gone/tool'])).toBe(`The program ${bench.file('gone/tool')} does not exist.`)
  })

  test('a missing working folder, although the program exists', async () => {
    const message = await failsToStart(['cat'], { cwd: bench.file('gone') })
    expect(message).toBe(`The working folder ${bench.file('gone')} does not exist.`)
  })

  test('a working folder that is a file', async () => {
    writeFileSync(bench.file('plain'), '')
    expect(await failsToStart(['cat'], { cwd: bench.file('plain') })).toContain('is not a folder')
  })

  test('a program that is not executable', async () => {
    writeFileSync(bench.file('my script.sh'), '#!/bin/sh\n', { mode: 0o644 })
    const message = await failsToStart(['./my script.sh'])
    expect(message).toContain('is not executable')
    expect(message).toContain(`chmod +x '${bench.file('my script.sh')}'`)
  })

  test('a folder in the place of the program', async () => {
    mkdirSync(bench.file('folder'))
    expect(await failsToStart(['./folder'])).toBe(`${bench.file('folder')} is a folder, not a program.`)
  })

  test('a script whose interpreter does not exist', async () => {
    writeFileSync(bench.file('old.sh'), '#!/no/such/interpreter\n', { mode: 0o755 })
    expect(await failsToStart(['./old.sh'])).toContain('does not exist: /no/such/interpreter')
  })

  test('a script with Windows line endings', async () => {
    writeFileSync(bench.file('dos.sh'), '#!/bin/sh\r\necho hello\r\n', { mode: 0o755 })
    expect(await failsToStart(['./dos.sh'])).toContain('Windows line endings')
  })

  test('an empty command, and an empty first word', async () => {
    expect(await failsToStart([])).toContain('The command is empty')
    expect(await failsToStart([''])).toContain('The command is empty')
  })

  test('a NUL in an argument', async () => {
    expect(await failsToStart(['echo', 'fine', 'a\0b'])).toContain('Word 3 of the command contains a NUL')
  })

  test('a NUL in a variable', async () => {
    const message = await failsToStart(['cat'], { env: { PATH: '/usr/bin:/bin', BROKEN: 'a\0b' } })
    expect(message).toContain('variable BROKEN contains a NUL')
  })

  test('arguments that are too long', async () => {
    expect(await failsToStart(['echo', 'x'.repeat(5_000_000)])).toContain('too long for this system')
  })

  test('a shell without its line', async () => {
    expect(await failsToStart(['echo', 'two'], { shell: true })).toContain('the command is one word')
    expect(await failsToStart(['echo'], { shell: 'no-such-shell -e' })).toContain('"no-such-shell" was not found')
  })

  test('a stdin file that is missing, a folder, or a named pipe', async () => {
    expect(await failsToStart(['cat'], { stdin: { file: 'gone.dat' } })).toBe(
      `The stdin file ${bench.file('gone.dat')} cannot be read: it does not exist.`,
    )
    expect(await failsToStart(['cat'], { stdin: { file: '.' } })).toContain('is a folder')
    expect((await bench.run(['mkfifo', 'pipe'])).state).toBe('succeeded')
    expect(await failsToStart(['cat'], { stdin: { file: 'pipe' } })).toContain('is not a file')
  })

  test('an output folder that is missing, or an output that is a folder', async () => {
    expect(await failsToStart(['cat'], { stdoutFile: 'gone/out.dat' })).toBe(
      `The folder for the stdout file does not exist: ${bench.file('gone')}`,
    )
    expect(await failsToStart(['cat'], { stdoutFile: 'fine.dat', stderrFile: 'gone/log' })).toContain('stderr file')
    expect(await failsToStart(['cat'], { stdoutFile: '/tmp' })).toContain('it is a folder')
  })
})

describe('what a job is started with', () => {
  const words = [
    'two words',
    `it's "quoted"`,
    '$HOME; rm -rf *',
    '`echo no` $(echo no)',
    'Größe-öäü-日本-🧠',
    '-n',
    '--',
    'back\\slash',
    '*',
    'new\nline',
    '',
  ]

  test('every word arrives as it is, no shell in between', async () => {
    const { stdout } = await bench.run(fixture('prints-arguments.py', ...words))
    expect(JSON.parse(stdout)).toEqual(words)
  })

  test.each(words.filter(word => word !== '' && word !== '*'))('a program and files named %j', async word => {
    // A file name cannot hold a slash; everything else is allowed.
    const name = word.replaceAll('/', '_')
    writeFileSync(bench.file(`in ${name}`), 'content')
    symlinkSync('/bin/cat', bench.file(`cat ${name}`))
    const { state, end } = await bench.run([`./cat ${name}`], { stdin: { file: `in ${name}` }, stdoutFile: name })
    expect(state).toBe('succeeded')
    expect(end.stdout).toEqual({ file: bench.file(name), bytes: 7 })
  })

  test('300 variables, and those that describe the job', async () => {
    const many = Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`VAR_${n}`, `value ${n}`]))
    const env = { PATH: process.env.PATH ?? '', MKL_NUM_THREADS: '7', ...many }
    const { stdout, end } = await bench.run(fixture('prints-environment.py'), { env, name: 'sphere 1', cores: 3 })
    expect(end.stderrBytes).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      ...many,
      MKL_NUM_THREADS: '7',
      HEADLESS_JOB_NAME: 'sphere 1',
      HEADLESS_JOB_CORES: '3',
      PYTHONUNBUFFERED: '1',
      OMP_NUM_THREADS: '3',
      PWD: bench.folder,
    })
  })

  test('a relative program and PATH belong to the working folder, and the resolved one is reported', async () => {
    mkdirSync(bench.file('bin'))
    writeFileSync(bench.file('bin/tool'), '#!/bin/sh\necho found\n', { mode: 0o755 })
    const first = bench.start(['bin/tool'])
    expect((await first.outcome).stdout).toBe('found\n')
    expect(first.run.command).toEqual([bench.file('bin/tool')])
    const second = bench.start(['tool', 'word'], { env: { PATH: 'bin:/usr/bin:/bin' } })
    expect((await second.outcome).stdout).toBe('found\n')
    expect(second.run.command).toEqual([bench.file('bin/tool'), 'word'])
  })

  test('a program that was found is looked for again when it is gone', async () => {
    writeFileSync(bench.file('short-lived'), '#!/bin/sh\n', { mode: 0o755 })
    expect((await bench.run(['./short-lived'])).state).toBe('succeeded')
    chmodSync(bench.file('short-lived'), 0o644)
    expect(await failsToStart(['./short-lived'])).toContain('is not executable')
  })

  test('a shell on request: sh, another one, one with options', async () => {
    expect((await bench.run(['echo $((1 + 2)) | cat'], { shell: true })).stdout).toBe('3\n')
    expect((await bench.run(['[[ -n $BASH_VERSION ]] && echo bash'], { shell: 'bash' })).stdout).toBe('bash\n')
    const line = 'exit 4 | true'
    expect((await bench.run([line], { shell: 'bash' })).state).toBe('succeeded')
    expect((await bench.run([line], { shell: 'bash -o pipefail' })).end.exitCode).toBe(4)
  })

  test('a shell whose path contains a blank', async () => {
    symlinkSync('/bin/sh', bench.file('my shell'))
    expect((await bench.run(['echo $0'], { shell: bench.file('my shell') })).stdout).toBe(`${bench.file('my shell')}\n`)
  })

  test('a wrapper goes before the command and before a shell', async () => {
    const env = ['env', 'WRAPPED=yes']
    expect((await bench.run(['printenv', 'WRAPPED'], { wrapper: env })).stdout).toBe('yes\n')
    expect((await bench.run(['echo $WRAPPED | cat'], { wrapper: env, shell: true })).stdout).toBe('yes\n')
    expect(await failsToStart(['cat'], { wrapper: ['no-such-wrapper'] })).toContain('"no-such-wrapper" was not found')
  })

  test('niceness, for children too', async () => {
    const line = 'until [ "$(nice)" = 15 ]; do sleep 0.02; done; sh -c nice'
    expect((await bench.run([line], { shell: true, niceness: 15 })).stdout).toBe('15\n')
  })

  test('a job that is stopped before it has started has no process', async () => {
    const { run, outcome, isStarted, id } = bench.start(fixture('silent.sh'))
    run.stop('user')
    run.stop('shutdown', { kind: 'timeout', message: 'too late' })
    const { state, end } = await outcome
    expect(state).toBe('cancelled')
    expect(end).toMatchObject({ exitCode: null, signal: null, endedBy: 'user' })
    expect(end.startedAt).toBeUndefined()
    expect(isStarted()).toBe(false)
    expect(processesOf(id)).toEqual([])
  })

  test('a job that is stopped while its files are opened has no process and leaves no file', async () => {
    const { run, outcome, isStarted } = bench.start(['cat'], { stdoutFile: 'never.dat' })
    await Promise.resolve()
    run.stop('batch')
    expect((await outcome).state).toBe('cancelled')
    expect(isStarted()).toBe(false)
    expect((await bench.run(['ls'])).stdout).not.toContain('never.dat')
  })
})
