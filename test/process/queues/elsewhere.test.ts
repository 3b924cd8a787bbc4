// The same jobs through every kind of queue: bytes, exit codes, signals, trees, limits, large outputs, files.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { JobSpec } from '../../../src/api'
import type { QueueConfig, QueueConfigs } from '../../../src/core/jobs/queueConfig'
import { hasProgram } from '../../support/program'
import { hasSlurm, startSlurm, type TestSlurm } from '../../support/slurm'
import { hasSshd, startSshd, type TestSshd } from '../../support/sshd'
import { makeTempState, processesWith, type TempState } from '../../support/tempState'
import { makeTestImage } from '../../support/testImage'
import { until } from '../../support/until'
import { openWindow, type TestWindow } from '../../support/window'
import { valueIn, workerCommand } from '../../support/workers'

const LIMIT_MS = 30_000

let sshd: TestSshd | undefined
let slurm: TestSlurm | undefined
const image = makeTestImage()
const [podman, docker, charliecloud] = [image.of('podman'), image.of('docker'), image.of('charliecloud')]
const node = process.execPath
const kinds: Readonly<Record<string, { isHere: boolean; hasWorkers?: false; config(): QueueConfig }>> = {
  'of this machine': { isHere: true, config: () => ({ kind: 'local', slots: 2 }) },
  'behind a launcher': { isHere: true, config: () => ({ kind: 'command', launch: ['env'], slots: 2, node }) },
  'behind a shell that prints first, and reads no further than it must': {
    isHere: hasProgram('bash'),
    config: () => ({ kind: 'command', launch: ['sh', '-c', 'echo welcome; exec bash --posix'], slots: 2, node }),
  },
  'in a sandbox': {
    isHere: hasProgram('bwrap'),
    config: () => ({
      kind: 'command',
      launch: 'bwrap --bind / / --dev-bind /dev /dev --proc /proc --unshare-pid --die-with-parent --'.split(' '),
      slots: 2,
      node,
    }),
  },
  'in a container': {
    isHere: hasProgram('bwrap'),
    config: () => ({ kind: 'container', runtime: 'bwrap', mounts: [tmpdir()], slots: 2, node }),
  },
  'in podman': {
    isHere: podman !== undefined,
    config: () => ({ kind: 'container', ...podman, runtime: 'podman', slots: 2 }),
  },
  'in docker': {
    isHere: docker !== undefined,
    config: () => ({ kind: 'container', ...docker, runtime: 'docker', slots: 2 }),
  },
  'in charliecloud': {
    isHere: charliecloud !== undefined,
    config: () => ({ kind: 'container', ...charliecloud, runtime: 'charliecloud', slots: 2, node }),
  },
  'on a host, by ssh': {
    isHere: hasSshd,
    config: () => ({ kind: 'ssh', host: 'lab', config: sshd?.config ?? '', slots: 2, node }),
  },
  'on a host, with copies of files': {
    isHere: hasSshd,
    config: () => ({ kind: 'ssh', host: 'lab', config: sshd?.config ?? '', slots: 2, node, files: 'copy' }),
  },
  'on a Slurm cluster': { isHere: hasSlurm, config: () => ({ kind: 'slurm', slots: 2, node }) },
  'on a Slurm cluster, with copies of files': {
    isHere: hasSlurm,
    config: () => ({ kind: 'slurm', slots: 2, node, files: 'copy' }),
  },
  'of jobs of Slurm': {
    isHere: hasSlurm,
    hasWorkers: false,
    config: () => ({ kind: 'slurm', mode: 'jobs', node, folder: slurm?.folder ?? '' }),
  },
  'of jobs of Slurm, with copies of files': {
    isHere: hasSlurm,
    hasWorkers: false,
    config: () => ({ kind: 'slurm', mode: 'jobs', node, folder: slurm?.folder ?? '', files: 'copy' }),
  },
}

beforeAll(async () => {
  if (hasSshd) sshd = await startSshd()
  if (hasSlurm) {
    slurm = await startSlurm()
    process.env.SLURM_CONF = slurm.config
  }
})
afterAll(async () => {
  image.remove()
  await sshd?.remove()
  await slurm?.remove()
})

for (const [name, { isHere, hasWorkers = true, config }] of Object.entries(kinds))
  describe.runIf(isHere)(`a queue ${name}`, () => jobsOf(config, hasWorkers))

/** The same jobs for each. */
function jobsOf(config: () => QueueConfig, hasWorkers: boolean): void {
  let state: TempState
  let window: TestWindow
  beforeAll(async () => {
    state = makeTempState()
    const queues: QueueConfigs = { q: config() }
    window = openWindow(state.folder, { queues })
    await window.configure({ concurrency: 2, killGraceSeconds: 1 })
  })
  afterAll(async () => {
    window.client.dispose()
    await state.remove()
  })

  const run = (spec: JobSpec<unknown>) => window.api.submit({ queue: 'q', ...spec } as JobSpec<string>)
  const file = (name: string) => join(state.folder, name)

  it('brings bytes through, both ways, and both streams', async () => {
    const text = 'äöü\0\u{1F600}'.repeat(3)
    const cat = run({ command: ['cat'], stdin: text, stdout: 'text' })
    expect(await cat.result).toMatchObject({ state: 'succeeded', value: text })
    const there = config()
    const container = there.kind === 'container' ? [there.runtime, there.image].filter(Boolean).join(' ') : undefined
    expect(cat.info.container).toBe(container)
    const both = await run({ command: ['sh', '-c', 'echo out; echo err >&2; exit 3'], stdout: 'text' }).result
    expect(both).toMatchObject({ state: 'failed', exitCode: 3, stderr: 'err\n', error: { kind: 'exit' } })
  })

  it('says what ended a job: a signal, a time limit, a program that is not there', async () => {
    expect(await run({ command: ['sh', '-c', 'kill -SEGV $$'] }).result).toMatchObject({ signal: 'SIGSEGV' })
    const limited = await run({ command: ['sleep', '600'], timeoutSeconds: 1 }).result
    expect(limited).toMatchObject({ state: 'failed', endedBy: 'limit', error: { kind: 'timeout' } })
    expect(await run({ command: ['no-such-program'] }).result).toMatchObject({ error: { kind: 'start' } })
  })

  it('ends the whole tree of a job that is cancelled', async () => {
    const script = `sh -c 'echo $$ > ${file('child')}; exec sleep 600' & echo $! > /dev/null; trap '' TERM; sleep 600`
    const job = run({ command: ['sh', '-c', script], name: 'tree' })
    await until(() => job.info.state === 'running' && existsSync(file('child')), LIMIT_MS, 'a tree of processes')
    const marker = `HEADLESS_JOB_ID=${job.id}`
    expect(processesWith(marker).length).toBeGreaterThan(1)
    await job.cancel()
    expect(await job.result).toMatchObject({ state: 'cancelled', endedBy: 'user' })
    await until(() => processesWith(marker).length === 0, LIMIT_MS, 'the end of the tree')
  })

  it('brings large outputs and takes large inputs', async () => {
    const large = 'x'.repeat(3_000_000)
    const result = await run({ command: ['cat'], stdin: large, stdout: 'text' }).result
    expect(result.state === 'succeeded' && result.value === large).toBe(true)
    const errors = await run({ command: ['sh', '-c', 'head -c 200000 /dev/zero | tr "\\0" e >&2'] }).result
    expect(errors).toMatchObject({ state: 'succeeded', stderrTruncated: true })
    expect(errors.stderrFile && readFileSync(errors.stderrFile).length).toBe(200_000)
  })

  it('reads and writes the files of this machine', async () => {
    mkdirSync(file('data'), { recursive: true })
    writeFileSync(file('data/in.txt'), 'a\nb\nc\n')
    const files = { stdin: { file: 'in.txt' }, stdout: { file: 'out.txt' }, stderr: { file: 'log.txt' } }
    const spec: JobSpec<unknown> = { command: ['sh', '-c', 'wc -l; echo log >&2'], cwd: file('data'), ...files }
    expect(await run(spec).result).toMatchObject({ state: 'succeeded', value: file('data/out.txt') })
    expect(readFileSync(file('data/out.txt'), 'utf8').trim()).toBe('3')
    expect(readFileSync(file('data/log.txt'), 'utf8')).toBe('log\n')
    const failed = await run({ ...spec, command: ['sh', '-c', 'echo half; exit 1'] }).result
    expect(failed.state).toBe('failed')
    expect(readFileSync(file('data/out.txt'), 'utf8').trim()).toBe('3')
    const wrong = await run({ command: ['cat'], stdin: { file: file('none') } }).result
    expect(wrong).toMatchObject({ state: 'failed', error: { kind: 'start' } })
    expect(readdirSync(file('data')).sort()).toEqual(['in.txt', 'log.txt', 'out.txt'])
  })

  it('shows the progress and the live output of a job', async () => {
    const chunks: string[] = []
    const job = run({
      command: ['sh', '-c', `echo first; while ! test -e ${file('go')}; do sleep 0.05; done; echo second`],
      onStdout: chunk => chunks.push(Buffer.from(chunk).toString()),
    })
    await until(() => chunks.join('').includes('first'), LIMIT_MS, 'the first line')
    writeFileSync(file('go'), '')
    await job.result
    await until(() => chunks.join('') === 'first\nsecond\n', LIMIT_MS, 'all of it')
  })

  it('talks with a job by a protocol', async () => {
    const spec: JobSpec<unknown> = {
      command: workerCommand('echoes.py'),
      protocol: 'frames',
      stdin: { value: { n: 1 } },
    }
    expect(valueIn(await run(spec).result)).toMatchObject({ value: { n: 1 } })
  })

  it.runIf(hasWorkers)('talks with a kept worker by a protocol', async () => {
    const spec: JobSpec<unknown> = { command: workerCommand('echoes.py'), protocol: 'frames' }
    const kept = [1, 2, 3].map(n => run({ ...spec, keepAlive: { max: 1 }, stdin: { value: { n } } }))
    const values = (await Promise.all(kept.map(job => job.result))).map(result => valueIn<{ pid: number }>(result))
    expect(new Set(values.map(({ pid }) => pid)).size).toBe(1)
  })

  it.each(hasWorkers ? [false, true] : [false])(
    'takes and brings large values, with a kept worker: %s',
    async isKept => {
      const text = 'x'.repeat(300_000)
      const keepAlive = isKept && { max: 1 }
      const spec: JobSpec<unknown> = { command: workerCommand('echoes.py'), protocol: 'frames', keepAlive }
      expect(valueIn(await run({ ...spec, stdin: { value: { text } } }).result)).toMatchObject({ value: { text } })
    },
  )

  it.each(hasWorkers ? [false, true] : [false])(
    'takes and brings large arrays, with a kept worker: %s',
    async keepAlive => {
      const array = Float32Array.from({ length: 500_000 }, (_, i) => i)
      const spec: JobSpec<unknown> = { command: workerCommand('arrays.py'), protocol: 'frames', keepAlive }
      const value = valueIn<{ same: { a: Float32Array } }>(
        await run({ ...spec, stdin: { value: { a: array } } }).result,
      )
      expect(value.same.a).toHaveLength(500_000)
      expect(value.same.a[499_999]).toBe(499_999)
    },
  )

  it('tries a job again that fails', async () => {
    const job = run({
      command: ['sh', '-c', `test -e ${file('tried')} || { touch ${file('tried')}; exit 1; }`],
      retries: 1,
    })
    expect(await job.result).toMatchObject({ state: 'succeeded', attempts: 2 })
  })
}

it.runIf(hasProgram('bwrap'))(
  'folders that are called differently there are mapped, in the words of a command too',
  async () => {
    const state = makeTempState()
    const data = join(state.folder, 'data')
    mkdirSync(data)
    const launch =
      `bwrap --bind / / --dev /dev --proc /proc --bind ${data} /media --tmpfs ${data} --die-with-parent --`.split(' ')
    const window = openWindow(state.folder, {
      queues: { q: { kind: 'command', launch, node, slots: 1, paths: { [data]: '/media' } } },
    })
    await window.configure({})
    writeFileSync(join(data, 'in.txt'), 'of here\n')
    const job = window.api.submit({
      ...{ queue: 'q', command: ['sh', '-c', 'pwd; cat "$0"; cat', join(data, 'in.txt')], cwd: data },
      ...{ stdin: { file: 'in.txt' }, stdout: { file: join(data, 'out.txt') } },
    } as JobSpec<string> & { stdout: { file: string } })
    expect(await job.result).toMatchObject({ state: 'succeeded', value: join(data, 'out.txt') })
    expect(readFileSync(join(data, 'out.txt'), 'utf8')).toBe('/media\nof here\nof here\n')
    window.client.dispose()
    await state.remove()
  },
)

describe.runIf(hasSshd)('where files are copied', () => {
  let state: TempState
  let window: TestWindow
  beforeAll(async () => {
    state = makeTempState()
    mkdirSync(join(state.folder, 'ws/data'), { recursive: true })
    const copy = { kind: 'ssh', host: 'lab', config: sshd?.config ?? '', files: 'copy', slots: 2, node } as const
    window = openWindow(state.folder, { queues: { copy }, cwd: join(state.folder, 'ws') })
    await window.configure({})
  })
  afterAll(async () => {
    window.client.dispose()
    await state.remove()
  })
  const file = (name: string) => join(state.folder, 'ws', name)
  const run = (spec: JobSpec<string>) =>
    window.api.submit({ queue: 'copy', stdout: 'text', ...spec } as JobSpec<string> & { stdout: 'text' })

  it('a job runs in a folder of its own, with its script, its inputs, and what its words name', async () => {
    writeFileSync(file('list.sh'), 'find . -type f | sort; cat "$1" data/b.txt; pwd')
    for (const name of ['a', 'b']) writeFileSync(file(`data/${name}.txt`), `${name}\n`)
    writeFileSync(join(state.folder, 'other.txt'), 'of another folder\n')
    const command = ['sh', 'list.sh', join(state.folder, 'other.txt')]
    const result = await run({ command, inputs: ['data/*.txt'] }).result
    if (result.state !== 'succeeded') throw new Error(result.error?.message)
    const lines = result.value.trim().split('\n')
    expect(lines.slice(0, 4)).toEqual([
      `./.outside${join(state.folder, 'other.txt')}`,
      './data/a.txt',
      './data/b.txt',
      './list.sh',
    ])
    expect(lines.slice(4, 6)).toEqual(['of another folder', 'b'])
    const folder = lines.at(-1) as string
    expect(folder).not.toContain(state.folder)
    await until(() => !existsSync(folder), LIMIT_MS, 'the end of the folder of the job')
  })

  it('what it writes is brought, whatever its outcome, and nothing else', async () => {
    const script = 'mkdir -p out/deep; echo 1 > out/one.csv; echo 2 > out/deep/two.csv; echo 3 > out/three.tmp; exit 4'
    const job = run({ command: ['sh', '-c', script], outputs: ['out/**/*.csv'] })
    expect(await job.result).toMatchObject({ state: 'failed', exitCode: 4 })
    expect(readdirSync(file('out'), { recursive: true }).sort()).toEqual(['deep', 'deep/two.csv', 'one.csv'])
    expect(readFileSync(file('out/deep/two.csv'), 'utf8')).toBe('2\n')
  })

  it('an output that was not written fails the job with a sentence, and the others are brought', async () => {
    const result = await run({ command: ['sh', '-c', 'echo 1 > one.csv'], outputs: ['none/*.csv', 'one.csv'] }).result
    expect(result).toMatchObject({ state: 'failed', exitCode: 0, error: { kind: 'service' } })
    expect(result.state === 'failed' && result.error?.message).toMatch(
      /^The job succeeded on .+, but wrote nothing that its output none\/\*\.csv fits\.$/,
    )
    expect(readFileSync(file('one.csv'), 'utf8')).toBe('1\n')
  })

  it('an input that is not there is said, and no process is started', async () => {
    const result = await run({ command: ['true'], inputs: ['none/*.txt'] }).result
    expect(result).toMatchObject({
      state: 'failed',
      error: { message: `No file fits the input none/*.txt in ${file('')}.`.replace('/.', '.') },
    })
    expect(result.startedAt).toBeUndefined()
  })
})

describe('on a disk that is late', () => {
  let state: TempState
  let window: TestWindow
  const here = (name: string) => join(state.folder, 'here', name)
  const there = (name: string) => join(state.folder, 'there', name)
  beforeAll(async () => {
    state = makeTempState()
    for (const folder of [here(''), there('')]) mkdirSync(folder)
    const paths = { [here('')]: there('') }
    window = openWindow(state.folder, {
      queues: { q: { kind: 'command', launch: ['env'], node, paths } },
      cwd: here(''),
    })
    await window.configure({})
  })
  afterAll(async () => {
    window?.client.dispose()
    await state?.remove()
  })

  it('outputs are waited for until they are seen here, whole', async () => {
    const command = ['sh', '-c', 'echo whole; echo 1 > late.csv']
    const spec = { command, cwd: here(''), outputs: ['late.csv'], stdout: { file: 'late.txt' } } as const
    const job = window.api.submit({ ...spec, queue: 'q' })
    let hasEnded = false
    void job.result.then(() => {
      hasEnded = true
    })
    await until(() => existsSync(there('late.txt')) && existsSync(there('late.csv')), LIMIT_MS, 'what it wrote')
    writeFileSync(here('late.txt'), 'wh')
    writeFileSync(here('late.csv'), '1\n')
    await new Promise(resolve => setTimeout(resolve, 300))
    expect(hasEnded).toBe(false)
    writeFileSync(here('late.txt'), 'whole\n')
    expect(await job.result).toMatchObject({ state: 'succeeded' })
  })

  it('what never comes fails the job with a sentence', async () => {
    const command = ['echo', 'elsewhere']
    const result = await window.api.submit({ command, cwd: here(''), queue: 'q', stdout: { file: 'none.txt' } }).result
    expect(result.state === 'failed' && result.error?.message).toMatch(
      /^The job succeeded on .+, but its stdout could not be brought here: .+none\.txt has not come: the queue needs "paths"/,
    )
  })
})

it('a login shell makes the environment of jobs where that is wanted, and its own words do no harm', async () => {
  const state = makeTempState()
  writeFileSync(
    join(state.folder, '.bash_profile'),
    'echo welcome; export OF_PROFILE=yes; greet() { echo hi; }; export -f greet',
  )
  writeFileSync(join(state.folder, '.profile'), 'echo welcome; export OF_PROFILE=plain')
  const launch = (shell: string) => ['env', '-i', `HOME=${state.folder}`, `SHELL=${shell}`, `PATH=${process.env.PATH}`]
  const queueOf = (shell: string, loginShell: boolean) =>
    ({ kind: 'command', launch: launch(shell), node, loginShell }) as const
  const queues = {
    with: queueOf('/bin/bash', true),
    plain: queueOf('/bin/sh', true),
    without: queueOf('/bin/bash', false),
  }
  const window = openWindow(state.folder, { queues })
  await window.configure({})
  const run = async (queue: string, line: string) => {
    const result = await window.api.submit({ command: [line], shell: '/bin/bash', queue, stdout: 'text' }).result
    return result.state === 'succeeded' && result.value
  }
  expect(await run('with', 'echo "$OF_PROFILE"; greet')).toBe('yes\nhi\n')
  expect(await run('plain', 'echo "$OF_PROFILE"')).toBe('plain\n')
  expect(await run('without', 'echo "none$OF_PROFILE"')).toBe('none\n')
  window.client.dispose()
  await state.remove()
})

it('a runner leaves nothing in the folder for temporary files', async () => {
  const state = makeTempState()
  const folder = join(state.folder, 'tmp') // of its own: others come and go
  mkdirSync(folder)
  const launch = ['env', `TMPDIR=${folder}`]
  const window = openWindow(state.folder, { queues: { q: { kind: 'command', launch, node } } })
  await window.configure({})
  expect(await window.api.submit({ command: ['true'], queue: 'q' }).result).toMatchObject({ state: 'succeeded' })
  expect(readdirSync(folder)).toHaveLength(1)
  window.client.dispose()
  await Promise.all(state.servicePids().map(pid => process.kill(pid, 'SIGTERM')))
  await until(() => readdirSync(folder).length === 0, LIMIT_MS, 'the end of its folder')
  await state.remove()
})
