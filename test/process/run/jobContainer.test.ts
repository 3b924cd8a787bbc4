// Jobs in a container of their own: streams, files, exit codes, cancel, and what is mounted.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Container, JobSpec } from '../../../src/api'
import { isAlive, type TempState } from '../../support/tempState'
import { serviceForAll } from '../../support/testService'
import { until } from '../../support/until'
import type { TestWindow } from '../../support/window'

let state: TempState
let window: TestWindow
serviceForAll(given => ({ state, window } = given), { concurrency: 2, killGraceSeconds: 2 })

const has = (program: string) => {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

describe.runIf(has('bwrap'))('a sandbox', () => {
  const container: Container = { runtime: 'bwrap' }
  const folder = () => join(state.folder, 'work')
  const run = (spec: Partial<JobSpec<string>>) => {
    mkdirSync(folder(), { recursive: true })
    return window.api.submit({ container, cwd: folder(), stdout: 'text', ...spec } as JobSpec<string> & {
      stdout: 'text'
    })
  }

  it('takes stdin, gives stdout and exit code, and has the variables of the job', async () => {
    const command = ['sh', '-c', 'cat; echo "$OWN $HEADLESS_JOB_NAME"; pwd; exit 3']
    const result = await run({ command, stdin: 'in\n', env: { OWN: 'mine' }, name: 'boxed', okExitCodes: [3] }).result
    expect(result).toMatchObject({ state: 'succeeded', value: `in\nmine boxed\n${folder()}\n`, exitCode: 3 })
  })

  it('may write into the folder of the job and into what is mounted, and nowhere else', async () => {
    const out = join(state.folder, 'out')
    mkdirSync(out, { recursive: true })
    writeFileSync(join(state.folder, 'seen'), 'seen')
    const script = `echo 1 > here; echo 2 > ${out}/there; echo 3 > ${state.folder}/nowhere; cat ${state.folder}/seen`
    const result = await run({
      command: ['sh', '-c', script],
      container: { ...container, mounts: [out, `${state.folder}:ro`] },
    }).result
    expect(result.stderr).toMatch(/Read-only file system/)
    expect(readFileSync(join(folder(), 'here'), 'utf8')).toBe('1\n')
    expect(existsSync(join(state.folder, 'nowhere'))).toBe(false)
    expect(result).toMatchObject({ state: 'succeeded', value: 'seen' })
  })

  it('has no network unless it is to', async () => {
    const command = ['sh', '-c', 'cat /proc/net/dev | tail -n +3 | cut -d: -f1 | tr -d " " | sort | tr "\\n" " "']
    const alone = await run({ command }).result
    expect(alone).toMatchObject({ value: 'lo ' })
    const open = await run({ command, container: { ...container, network: true } }).result
    expect(open.state === 'succeeded' && open.value.length).toBeGreaterThan('lo '.length)
  })

  it('is ended as a tree, with time to end by itself', async () => {
    const script = `trap 'echo asked > asked; exit 0' TERM; echo ready; while :; do sleep 0.1; done`
    const job = run({ command: ['sh', '-c', script] })
    await until(() => job.info.stdoutBytes > 0, 30_000, 'a job that waits for its signal')
    const pid = job.info.pid as number
    await job.cancel()
    expect(await job.result).toMatchObject({ state: 'cancelled' })
    expect(isAlive(pid)).toBe(false)
  })

  it('is refused with a sentence when it is wrong', () => {
    const spec = (wrong: unknown) => () => window.api.submit({ command: ['true'], container: wrong as Container })
    expect(spec({ runtime: 'lxc' })).toThrow(/^Job: container has a field runtime that must be "podman" or "docker"/)
    expect(spec({ runtime: 'podman' })).toThrow(/^Job: container has no image\.$/)
    expect(spec({ runtime: 'bwrap', mounts: ['data'] })).toThrow(
      /^Job: container has a field mounts that must be a list of absolute folders/,
    )
    expect(spec({ runtime: 'bwrap', size: 1 })).toThrow(/^Job: container has a field that there is not: size\.$/)
  })
})

it('a runtime that is not there is said', async () => {
  const container: Container = { runtime: 'apptainer', image: 'x.sif' }
  const result = await window.api.submit({ command: ['true'], container, env: { PATH: '/none' } }).result
  expect(result).toMatchObject({
    state: 'failed',
    error: { kind: 'start', message: expect.stringMatching(/apptainer/) },
  })
})
