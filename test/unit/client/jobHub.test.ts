// What a window makes of late, refused and lost answers about its jobs.
import { expect, it } from 'vitest'
import { LateError, RefusedError } from '../../../src/client/connection/serviceConnection'
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
