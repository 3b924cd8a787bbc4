// A restart of the machine, by a store that bears the id of another start: pids begin anew, so a process that has the pid of
// an old job, and even its start time, is somebody else's.
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, describe, expect, it } from 'vitest'
import { readRecord, statePaths } from '../../../src/service/base/paths'
import { isAlive, type TempState } from '../../support/tempState'
import { stateForEach } from '../../support/testService'
import { until } from '../../support/until'
import type { TestWindow, WindowOptions } from '../../support/window'

let state: TempState
let open: (options?: WindowOptions) => TestWindow
let innocent: ChildProcess | undefined
stateForEach(given => ({ state, open } = given))
afterEach(() => {
  innocent?.kill('SIGKILL')
})

const paths = () => statePaths(state.folder)

function changeStore(change: (db: DatabaseSync) => void): void {
  const db = new DatabaseSync(paths().store)
  change(db)
  db.close()
}

/** Leaves one job running and one queued by a service that has been killed; resolves with the running one's id. */
async function crash(afterServiceCrash: 'pause' | 'continue'): Promise<string> {
  const window = open()
  await window.configure({ concurrency: 1, killGraceSeconds: 1, afterServiceCrash })
  const running = window.api.submit({ command: ['sleep', '600'] })
  const queued = window.api.submit({ command: ['true'], name: 'queued' })
  await queued.accepted
  const pid = await until(() => running.info.state === 'running' && running.info.pid, 20_000, 'the job')
  window.client.dispose()
  const service = readRecord(paths())?.pid as number
  process.kill(service, 'SIGKILL')
  await until(() => !isAlive(service) && !isAlive(pid), 20_000, 'their ends')
  return running.id
}

/** A process of its own group that bears, by the store, pid and start time of the job. */
function disguise(id: string): ChildProcess {
  const child = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' })
  const stat = readFileSync(`/proc/${child.pid}/stat`, 'utf8')
  const startTime = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] as string
  changeStore(db => {
    const sql =
      "UPDATE jobs SET state = 'running', facts = json_set(coalesce(facts, '{}'), '$.pid', ?, '$.processStartTime', ?) WHERE id = ?"
    expect(db.prepare(sql).run(child.pid as number, startTime, id).changes).toBe(1)
  })
  return child
}

const stateOf = async ({ api }: TestWindow, id: string) => (await api.list({ ids: [id] })).jobs[0]
const ended = (window: TestWindow, id: string) =>
  until(
    async () => {
      const job = await stateOf(window, id)
      return job?.state === 'lost' ? job : undefined
    },
    30_000,
    'the outcome of the job',
  )
const setBoot = (value: string) =>
  changeStore(db => expect(db.prepare("UPDATE meta SET value = ? WHERE key = 'boot'").run(value).changes).toBe(1))

describe.runIf(process.platform === 'linux')('of a process with pid and start time of a lost job', () => {
  it('it is known to be the job in the same start of the machine, and is ended', async () => {
    const id = await crash('pause')
    innocent = disguise(id)
    const window = open()
    await window.client.connect({ start: true })
    expect((await ended(window, id))?.error?.message).toMatch(/^The job service ended.*have been ended/)
    await until(() => !isAlive(innocent?.pid as number), 20_000, 'its end')
  })

  it.each([
    ['another start', () => setBoot('of-yesterday'), /^The machine was restarted while this job ran/],
    [
      'an unknown one',
      () => changeStore(db => db.exec("DELETE FROM meta WHERE key = 'boot'")),
      /^The job service ended/,
    ],
  ])('it is left alone after %s', async (_, change, sentence) => {
    const id = await crash('pause')
    innocent = disguise(id)
    change()
    const window = open()
    await window.client.connect({ start: true })
    const { error } = (await ended(window, id)) ?? {}
    expect(error?.message).toMatch(sentence)
    expect(error?.message).not.toContain('have been ended')
    await until(() => window.client.summary?.paused, 20_000, 'the pause')
    expect(isAlive(innocent.pid as number)).toBe(true)
  })
})

describe('queued jobs after a restart of the machine', () => {
  it('wait for a person, with a sentence that says why', async () => {
    await crash('pause')
    setBoot('of-yesterday')
    const window = open()
    await window.client.connect({ start: true })
    await until(() => window.client.summary?.paused, 20_000, 'the pause')
    expect(window.client.summary?.counts).toMatchObject({ queued: 1, lost: 1 })
    expect(window.client.summary?.pausedBecause).toBe(
      'The machine was restarted while 1 job ran; resume to start the 1 queued job.',
    )
  })

  it('wait also when the service had ended in good order', async () => {
    const window = open()
    await window.configure({})
    await window.client.service.pause({ paused: true })
    await window.api.submit({ command: ['true'] }).accepted
    window.client.dispose()
    const pid = readRecord(paths())?.pid as number
    process.kill(pid, 'SIGTERM')
    await until(() => !isAlive(pid), 20_000, 'its end')
    setBoot('of-yesterday')
    const next = open()
    await next.client.connect({ start: true })
    await until(() => next.client.summary?.paused, 20_000, 'the pause')
    expect(next.client.summary?.pausedBecause).toBe('The machine was restarted; resume to start the 1 queued job.')
  })

  it('go on by the setting', async () => {
    await crash('continue')
    setBoot('of-yesterday')
    const window = open()
    await window.client.connect({ start: true })
    await until(() => window.client.summary?.counts.succeeded === 1, 20_000, 'the queued job')
  })
})
