// A job service that stands still for longer than a request may take: without an answer the outcome is open, and none
// is reported before it is known.
import { expect, test } from 'vitest'
import { REQUEST_TIMEOUT_MS } from '../../../src/core/protocol/limits'
import { serviceForEach } from '../../support/testService'
import { until } from '../../support/until'
import type { TestWindow } from '../../support/window'

const LIMIT_MS = 60_000
/** Longer than any request waits for its answer. */
const STILL_MS = REQUEST_TIMEOUT_MS + 5000
const TEST_LIMIT_MS = STILL_MS + 3 * LIMIT_MS

let window: TestWindow

serviceForEach(given => ({ window } = given), { concurrency: 2, killGraceSeconds: 1 })

/** Stops the service, does something that sends it requests, and lets it go on when all of them are late. */
async function whileItStandsStill<T>(act: () => T, look: (acted: T) => unknown): Promise<T> {
  const { pid } = await window.client.service.status(null)
  process.kill(pid, 'SIGSTOP')
  try {
    const acted = act()
    const end = performance.now() + STILL_MS
    await until(() => performance.now() > end, 2 * STILL_MS, 'requests that are late')
    await look(acted)
    return acted
  } finally {
    process.kill(pid, 'SIGCONT')
  }
}

test(
  'jobs submitted meanwhile are queued for the service, run once, and every promise of theirs settles',
  async () => {
    const states: string[] = []
    const { alone, batch } = await whileItStandsStill(
      () => {
        const alone = window.api.submit({ command: ['echo', 'alone'], stdout: 'text' })
        alone.onDidChange(info => states.push(info.state))
        const batch = window.api.openBatch({ name: 'late' })
        for (const word of ['one', 'two', 'three']) batch.add({ command: ['echo', word] })
        batch.setConcurrency(1)
        batch.close()
        return { alone, batch }
      },
      ({ alone, batch }) => {
        expect(states).toEqual([])
        for (const job of [alone, ...batch.jobs]) expect(job.info).toMatchObject({ state: 'queued', reason: 'service' })
      },
    )
    await Promise.all([alone, ...batch.jobs].map(job => job.accepted))
    expect(await alone.result).toMatchObject({ state: 'succeeded', value: 'alone\n' })
    expect(await batch.completed).toMatchObject({ sealed: 'complete', counts: { succeeded: 3 } })
    const stored = () => window.client.service.getBatch({ id: batch.id })
    await until(async () => (await stored())?.concurrency === 1, 20_000, 'the cap') // it may still be on its way
    expect(await stored()).toMatchObject({ total: 3 })
    const { jobs } = await window.api.list({})
    expect(jobs.map(({ state, attempts }) => `${state} ${attempts}`)).toEqual(Array(4).fill('succeeded 1'))
  },
  TEST_LIMIT_MS,
)

test(
  'what is cancelled, run again or given to a function meanwhile comes to its end',
  async () => {
    const ended = window.api.submit({ command: ['sh', '-c', 'exit 3'] })
    await ended.result
    const running = window.api.submit({ command: ['sleep', '300'] })
    await until(() => running.info.pid, LIMIT_MS, 'a job that runs')
    const gate = Promise.withResolvers<string>()
    let calls = 0
    const fed = window.api.submit({
      command: ['cat'],
      stdout: 'text',
      stdin: () => {
        calls++
        return gate.promise
      },
    })
    await until(() => calls > 0, LIMIT_MS, 'the question for its input')
    const { cancelling, rerunning } = await whileItStandsStill(
      () => {
        gate.resolve('given meanwhile')
        const cancelling = running.cancel('not needed').then(() => 'done')
        const rerunning = window.api.rerun({ ids: [ended.id] })
        rerunning.catch(() => undefined) // looked at below
        return { cancelling, rerunning }
      },
      ({ cancelling }) => expect(Promise.race([cancelling, Promise.resolve('open')])).resolves.toBe('open'),
    )
    expect(await cancelling).toBe('done')
    expect(await running.result).toMatchObject({ state: 'cancelled' })
    const [again] = await rerunning
    expect(await again?.result).toMatchObject({ state: 'failed', exitCode: 3 })
    expect(await fed.result).toMatchObject({ state: 'succeeded', value: 'given meanwhile' })
    expect(calls).toBe(1)
  },
  TEST_LIMIT_MS,
)

test('a job that was sent to a service which then dies is not reported as failed, and runs with the next one', async () => {
  await window.configure({ concurrency: 1, afterServiceCrash: 'continue' })
  const { pid } = await window.client.service.status(null)
  process.kill(pid, 'SIGSTOP')
  const job = window.api.submit({ command: ['echo', 'here'], stdout: 'text' })
  await until(() => window.client.state === 'silent', LIMIT_MS, 'the silence to be noticed')
  expect(job.info).toMatchObject({ state: 'queued', reason: 'service' })
  process.kill(pid, 'SIGKILL')
  await job.accepted
  expect(await job.result).toMatchObject({ state: 'succeeded', value: 'here\n' })
})

test('an accepted job waits for a slot, not for the service, whether somebody looked before or not', async () => {
  const reasons: (string | undefined)[] = []
  const blocking = [1, 2].map(() => window.api.submit({ command: ['sleep', '300'] }))
  for (const job of blocking) await until(() => job.info.pid, LIMIT_MS, 'jobs that take all slots')
  const watched = window.api.submit({ command: ['true'] })
  watched.onDidChange(info => reasons.push(info.reason))
  expect(watched.info.reason).toBe('service')
  const reported: string[] = []
  window.api.onDidChangeJobs(infos => reported.push(...infos.map(({ id, reason }) => `${id} ${reason}`)))
  const unseen = window.api.submit({ command: ['true'] })
  await Promise.all([watched.accepted, unseen.accepted])
  expect([watched.info.reason, unseen.info.reason]).toEqual(['slot', 'slot'])
  expect(reasons).toEqual(['slot'])
  await until(() => reported.includes(`${watched.id} slot`) && reported.includes(`${unseen.id} slot`), LIMIT_MS, 'both')
  await Promise.all(blocking.map(job => job.cancel()))
  expect((await watched.result).state).toBe('succeeded')
})
