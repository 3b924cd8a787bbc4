// What a window makes of late, refused and lost answers about its jobs.
import { expect, it } from 'vitest'
import { LateError, RefusedError, UnreachableError } from '../../../src/client/connection/serviceConnection'
import { emptyTail } from '../../../src/core/jobs/job'
import type { SyncReply } from '../../../src/core/protocol/protocol'
import { jobInfo } from '../../support/jobInfo'
import { playService } from '../../support/playedService'
import { until } from '../../support/until'

const LIMIT_MS = 20_000
const ended = (ids: readonly string[]): SyncReply => ({ jobs: ids.map(id => ({ info: jobInfo(id), tail: emptyTail })) })

it.each([
  ['late', (ids: readonly string[]) => new LateError('sync', 1, Promise.resolve(ended(ids)))],
  ['a refusal', () => new RefusedError('The store is busy.')],
])('after a new connection a job ends, though the answer about it is %s at first', async (_, failure) => {
  let asked = 0
  const { api, reconnect } = playService({
    sync: async ({ ids }) => {
      if (asked++ === 0) throw failure(ids)
      return ended(ids)
    },
  })
  const job = api.submit({ command: ['true'] })
  await job.accepted
  reconnect()
  expect(await job.result).toMatchObject({ id: job.id, state: 'succeeded' })
})

it('an input of a job that it does not know, and cannot ask about, is said in the log', async () => {
  const { logged, send } = playService({ sync: () => Promise.reject(new RefusedError('The store is busy.')) })
  send({ type: 'ask', ids: ['unknown'] })
  await until(() => logged.some(text => text.includes('The store is busy.')), LIMIT_MS, 'a line in the log')
})

it.each([
  ['cannot be had', false],
  ['goes away', true],
])('what was decided about a batch while the job service %s is sent when there is one', async (_, isFound) => {
  let isThere = true
  const sent: unknown[] = []
  const send = async (request: unknown) => {
    if (!isThere) throw new UnreachableError('There is none.')
    sent.push(request)
  }
  const service = { submit: async () => send('jobs'), sealBatch: send, setBatchConcurrency: send }
  const { api, reconnect } = playService(service, { connect: async () => isThere || isFound })
  const batch = api.openBatch()
  await batch.add({ command: ['true'] }).accepted
  sent.length = 0
  isThere = false
  batch.setConcurrency(3)
  batch.setConcurrency(2)
  batch.close()
  expect(await api.submit({ command: ['true'] }).result).toMatchObject({ state: 'failed', error: { kind: 'service' } })
  isThere = true
  reconnect()
  await until(() => sent.length === 2, LIMIT_MS, 'what was decided')
  const { id } = batch
  expect(sent).toEqual([
    { id, concurrency: 2 },
    { id, sealed: 'complete' },
  ])
})
