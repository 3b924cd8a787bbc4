// Jobs in a container of their own: streams, files, exit codes, cancel, and what is mounted.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { Container, JobSpec } from '../../../src/api'
import { hasProgram } from '../../support/program'
import { isAlive, parentOf, processesWith, type TempState } from '../../support/tempState'
import { makeTestImage } from '../../support/testImage'
import { serviceForAll } from '../../support/testService'
import { until } from '../../support/until'
import type { TestWindow } from '../../support/window'
import { valueIn, workerCommand } from '../../support/workers'

let state: TempState
let window: TestWindow
serviceForAll(given => ({ state, window } = given), { concurrency: 2, killGraceSeconds: 2 })

const LIMIT_MS = 60_000
const image = makeTestImage()
afterAll(() => image.remove())

const containers: Readonly<Record<string, Container | undefined>> = {
  bwrap: hasProgram('bwrap') ? { runtime: 'bwrap' } : undefined,
  podman: image.of('podman'),
  docker: image.of('docker'),
  charliecloud: image.of('charliecloud'),
}

for (const [name, container] of Object.entries(containers)) {
  if (container) describe(`a container of ${name}`, () => jobsIn(container))
  else it.skip(`a container of ${name}, which does not run here`)
}

/** The same jobs for each. */
function jobsIn(container: Container): void {
  const { runtime, mounts: programs = [] } = container
  const folder = () => join(state.folder, 'work')
  const run = (spec: Partial<JobSpec<string>>) => {
    mkdirSync(folder(), { recursive: true })
    return window.api.submit({ container, cwd: folder(), stdout: 'text', ...spec } as JobSpec<string> & {
      stdout: 'text'
    })
  }

  it('takes stdin, gives stdout and exit code, and has the variables of the job', async () => {
    const command = ['sh', '-c', 'cat; echo "$OWN $HEADLESS_JOB_NAME"; pwd; exit 3']
    const job = run({ command, stdin: 'in\n', env: { OWN: 'mine' }, name: 'boxed', okExitCodes: [3] })
    const result = await job.result
    expect(job.info.container).toBe([runtime, container.image].filter(Boolean).join(' '))
    expect(result).toMatchObject({ state: 'succeeded', value: `in\nmine boxed\n${folder()}\n`, exitCode: 3 })
  })

  it('may write into the folder of the job and into what is mounted, and nowhere else', async () => {
    const [out, seen] = [join(state.folder, 'out'), join(state.folder, 'seen')]
    for (const made of [out, seen]) mkdirSync(made, { recursive: true })
    writeFileSync(join(seen, 'text'), 'seen')
    const nowhere = runtime === 'bwrap' ? seen : '/etc'
    const script = `echo 1 > here; echo 2 > ${out}/there; echo 3 > ${nowhere}/nowhere; cat ${seen}/text`
    const mounts = [...programs, out, `${seen}${runtime === 'bwrap' ? ':ro' : ''}`]
    const result = await run({ command: ['sh', '-c', script], container: { ...container, mounts } }).result
    expect(result).toMatchObject({ state: 'succeeded', value: 'seen' })
    expect(readFileSync(join(folder(), 'here'), 'utf8')).toBe('1\n')
    expect(readFileSync(join(out, 'there'), 'utf8')).toBe('2\n')
    expect(existsSync(join(nowhere, 'nowhere'))).toBe(false)
  })

  it.skipIf(runtime === 'charliecloud')('has no network unless it is to', async () => {
    const command = ['sh', '-c', 'tail -n +3 /proc/net/dev | wc -l']
    const alone = await run({ command }).result
    expect(alone).toMatchObject({ value: '1\n' })
    if (runtime === 'podman' || runtime === 'docker') return // a network needs more than each machine has
    const open = await run({ command, container: { ...container, network: true } }).result
    expect(open.state === 'succeeded' && Number(open.value)).toBeGreaterThan(1)
  })

  it('talks by a protocol, with the helper for Python and large arrays', async () => {
    const array = Float32Array.from({ length: 500_000 }, (_, i) => i)
    mkdirSync(folder(), { recursive: true })
    const job = window.api.submit({
      ...{ command: workerCommand('arrays.py'), protocol: 'frames', stdin: { value: { a: array } } },
      ...{ container, cwd: folder() },
    } as JobSpec<unknown>)
    expect(valueIn<{ same: { a: Float32Array } }>(await job.result).same.a[499_999]).toBe(499_999)
  })

  it('is ended as a tree, with time to end by itself', async () => {
    const script = `trap 'echo asked > asked; exit 0' TERM; echo ready; while :; do sleep 0.1; done`
    const job = run({ command: ['sh', '-c', script] })
    await until(() => job.info.stdoutBytes > 0, LIMIT_MS, 'a job that waits for its signal')
    const pid = job.info.pid as number
    await job.cancel()
    expect(await job.result).toMatchObject({ state: 'cancelled' })
    expect(isAlive(pid)).toBe(false)
    if (runtime !== 'bwrap') expect(readFileSync(join(folder(), 'asked'), 'utf8')).toBe('asked\n')
  })

  it('is gone when it has to be ended by force, and when its runner is killed', async () => {
    const command = ['sh', '-c', `trap '' TERM; echo ready; while :; do sleep 0.1; done`]
    const jobs = [run({ command }), run({ command })]
    await until(() => jobs.every(job => job.info.stdoutBytes > 0), LIMIT_MS, 'jobs that will not end')
    await jobs[0]?.cancel()
    expect(await jobs[0]?.result).toMatchObject({ state: 'cancelled' })
    await until(() => processesWith(`HEADLESS_JOB_ID=${jobs[0]?.id}`).length === 0, LIMIT_MS, 'no process of it')
    process.kill(parentOf(jobs[1]?.info.pid as number), 'SIGKILL')
    expect(await jobs[1]?.result).toMatchObject({ state: 'lost' })
    await until(() => processesWith(`HEADLESS_JOB_ID=${jobs[1]?.id}`).length === 0, LIMIT_MS, 'no process of it')
  })
}

it('a container is refused with a sentence when it is wrong', () => {
  const spec = (wrong: unknown) => () => window.api.submit({ command: ['true'], container: wrong as Container })
  expect(spec({ runtime: 'lxc' })).toThrow(/^Job: container has a field runtime that must be "podman" or "docker"/)
  expect(spec({ runtime: 'podman' })).toThrow(/^Job: container has no image\.$/)
  expect(spec({ runtime: 'bwrap', mounts: ['data'] })).toThrow(
    /^Job: container has a field mounts that must be a list of absolute folders/,
  )
  expect(spec({ runtime: 'bwrap', size: 1 })).toThrow(/^Job: container has a field that there is not: size\.$/)
})

it.runIf(image.of('podman'))('an image that is not there is said', async () => {
  const container: Container = { runtime: 'podman', image: 'localhost:9/none', options: ['--pull=never'] }
  expect(await window.api.submit({ command: ['true'], container }).result).toMatchObject({
    state: 'failed',
    error: {
      kind: 'start',
      message: expect.stringMatching(/^podman could not start .* the image localhost:9\/none: /),
    },
  })
  const timeout = await window.api.submit({
    command: ['sh', '-c', 'exit 125'],
    container: image.of('podman') as Container,
  }).result
  expect(timeout).toMatchObject({ state: 'failed', exitCode: 125, error: { kind: 'exit' } })
})

it('a runtime that is not there is said', async () => {
  const container: Container = { runtime: 'apptainer', image: 'x.sif' }
  const result = await window.api.submit({ command: ['true'], container, env: { PATH: '/none' } }).result
  expect(result).toMatchObject({
    state: 'failed',
    error: { kind: 'start', message: expect.stringMatching(/apptainer/) },
  })
})
