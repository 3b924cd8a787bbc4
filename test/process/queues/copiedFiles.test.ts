// The files of jobs where a queue copies them: what is brought, and what is not, in hard times.
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { Job, JobSpec } from '../../../src/api'
import { processesWith, type TempState } from '../../support/tempState'
import { stateForEach } from '../../support/testService'
import { until } from '../../support/until'
import type { TestWindow, WindowOptions } from '../../support/window'

const LIMIT_MS = 60_000
const node = process.execPath

let state: TempState
let open: (options?: WindowOptions) => TestWindow
stateForEach(given => ({ state, open } = given))

const file = (name: string) => join(state.folder, name)

async function windowWith(more = {}): Promise<TestWindow> {
  const launch = ['env', `LAUNCHED_FOR=${state.folder}`]
  const window = open({ queues: { q: { kind: 'command', launch, node, files: 'copy', ...more } } })
  await window.configure({ concurrency: 2, killGraceSeconds: 1 })
  return window
}

const submit = ({ api }: TestWindow, line: string, more: Partial<JobSpec<unknown>> = {}) =>
  api.submit({ command: ['sh', '-c', line], cwd: state.folder, queue: 'q', ...more } as JobSpec<unknown>)

async function untilItsOutputsAreLate({ id }: Job<unknown>): Promise<void> {
  const processes = () => processesWith(`HEADLESS_JOB_ID=${id}`).length
  await until(() => processes() > 0, LIMIT_MS, 'its process')
  await until(() => processes() === 0, LIMIT_MS, 'the end of its process')
}

it('a script keeps its permissions, and so does what it makes', async () => {
  const window = await windowWith()
  writeFileSync(file('make.sh'), '#!/bin/sh\nprintf "#!/bin/sh\\n" > made.sh; chmod 750 made.sh\n')
  chmodSync(file('make.sh'), 0o755)
  const job = window.api.submit({ command: ['./make.sh'], cwd: state.folder, queue: 'q', outputs: ['made.sh'] })
  expect(await job.result).toMatchObject({ state: 'succeeded' })
  expect(statSync(file('made.sh')).mode & 0o700).toBe(0o700)
})

it('names with brackets and two dots are themselves, and one that is not brought does not keep the others', async () => {
  const window = await windowWith()
  const names = ['data[1].csv', 'data1.csv', '..dots.csv', 'a{b}1.txt', 'ab1.txt']
  const outputs = ['/etc/hostname', 'data[1].csv', '..dots.csv', 'a{b}*.txt']
  const result = await submit(window, names.map(name => `echo "${name}" > "${name}"`).join('; '), { outputs }).result
  expect(result.state === 'failed' && result.error?.message).toMatch(
    /etc\/hostname" is not below the folder of the job/,
  )
  const brought = readdirSync(state.folder).filter(name => names.includes(name))
  expect(brought.sort()).toEqual(['..dots.csv', 'a{b}1.txt', 'data[1].csv'])
})

it('a job that never began brings nothing', async () => {
  const window = await windowWith({ slots: 1, maxQueued: 2 })
  writeFileSync(file('x.txt'), 'old\n')
  const first = submit(window, `while ! test -e ${file('go')}; do sleep 0.05; done`)
  await until(() => first.info.state === 'running', LIMIT_MS, 'a job that runs')
  const second = submit(window, 'true', { inputs: ['*.txt'], outputs: ['*.txt'] })
  await until(() => second.info.state === 'starting', LIMIT_MS, 'a job that waits there')
  writeFileSync(file('x.txt'), 'new\n')
  await second.cancel()
  expect(await second.result).toMatchObject({ state: 'cancelled' })
  expect(readFileSync(file('x.txt'), 'utf8')).toBe('new\n')
  writeFileSync(file('go'), '')
  expect(await first.result).toMatchObject({ state: 'succeeded' })
})

it('many jobs bring the same file, each of them whole', async () => {
  const window = await windowWith({ slots: 4 })
  const jobs = Array.from({ length: 12 }, (_, i) =>
    submit(window, `yes ${i} | head -c 3000000 > same.txt`, { outputs: ['same.txt'] }),
  )
  for (const job of jobs) expect(await job.result).toMatchObject({ state: 'succeeded' })
  const lines = new Set(readFileSync(file('same.txt'), 'utf8').slice(0, 2_999_000).trim().split('\n'))
  expect(lines.size).toBe(1)
  expect(readdirSync(state.folder).filter(name => name.endsWith('.part'))).toEqual([])
})

it('one that is cancelled while an output is late is cancelled at once', async () => {
  const window = await windowWith()
  const job = submit(window, 'sleep 0.5; echo done > done', { outputs: ['done', 'none'] })
  await untilItsOutputsAreLate(job)
  await job.cancel()
  expect(await job.result).toMatchObject({ state: 'cancelled', endedBy: 'user' })
  expect(existsSync(file('done'))).toBe(true)
})

it('one whose connection is lost while an output is late ends with a sentence', async () => {
  const window = await windowWith({ keepSeconds: 0 })
  const job = submit(window, 'sleep 0.5', { outputs: ['none'] })
  await untilItsOutputsAreLate(job)
  for (const pid of processesWith(`LAUNCHED_FOR=${state.folder}`)) process.kill(pid, 'SIGKILL')
  const result = await job.result
  // which it is, when its runner had not yet said that it has ended
  expect(result.state !== 'succeeded' && result.error?.message).toMatch(/connection (to \S+ )?was lost/)
  expect(await submit(window, 'true').result).toMatchObject({ state: 'succeeded' })
})

it('a change of its slots while an output is late does not lose the others', async () => {
  const window = await windowWith({ slots: 2 })
  const job = submit(window, 'sleep 0.5; echo 1 > one.csv', { outputs: ['none', 'one.csv'] })
  await untilItsOutputsAreLate(job)
  const launch = ['env', `LAUNCHED_FOR=${state.folder}`, 'MORE=1']
  await window.configure({ queues: { q: { kind: 'command', launch, node, files: 'copy', slots: 3 } } })
  const result = await job.result
  expect(result.state === 'failed' && result.error?.message).toMatch(/wrote nothing that its output none fits/)
  expect(readFileSync(file('one.csv'), 'utf8')).toBe('1\n')
})

it('an input that is left as it was is not brought over a newer one, and one that was changed is', async () => {
  const window = await windowWith()
  for (const name of ['left.txt', 'changed.txt']) writeFileSync(file(name), 'old\n')
  const line = `echo more >> changed.txt; while ! test -e ${file('go')}; do sleep 0.05; done`
  const job = submit(window, line, { inputs: ['*.txt'], outputs: ['*.txt'] })
  await until(() => job.info.state === 'running', LIMIT_MS, 'a job that runs')
  writeFileSync(file('left.txt'), 'newer\n')
  writeFileSync(file('go'), '')
  expect(await job.result).toMatchObject({ state: 'succeeded' })
  expect(readFileSync(file('left.txt'), 'utf8')).toBe('newer\n')
  expect(readFileSync(file('changed.txt'), 'utf8')).toBe('old\nmore\n')
})

it('a folder means all files in it, as an input and as an output', async () => {
  const window = await windowWith()
  mkdirSync(file('in/deep'), { recursive: true })
  writeFileSync(file('in/deep/a [1].txt'), 'a\n')
  const line = 'mkdir -p out/deep && cp "in/deep/a [1].txt" out/deep/ && echo b > out/.b'
  expect(await submit(window, line, { inputs: ['in'], outputs: ['out/'] }).result).toMatchObject({ state: 'succeeded' })
  expect(readFileSync(file('out/deep/a [1].txt'), 'utf8')).toBe('a\n')
  expect(readFileSync(file('out/.b'), 'utf8')).toBe('b\n')
})
