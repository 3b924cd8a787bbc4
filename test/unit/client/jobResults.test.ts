// Results that a window has let go of and reads again from the history.
import { expect, it } from 'vitest'
import type { JobInfo } from '../../../src/api'
import type { ServiceClient } from '../../../src/client/connection/serviceClient'
import { BrokenError, LateError, RefusedError } from '../../../src/client/connection/serviceConnection'
import { readResult } from '../../../src/client/jobs/jobResults'
import { type EndedJob, emptyTail } from '../../../src/core/jobs/job'
import type { ServiceApi } from '../../../src/core/protocol/protocol'
import { jobInfo } from '../../support/jobInfo'

const ended: EndedJob = { info: jobInfo('a'), tail: emptyTail }

function read(getEnded: ServiceApi['getEnded'], info: JobInfo = ended.info, value = Promise.resolve('value')) {
  const client = { service: { getEnded }, state: 'connected', isDisposed: false } as unknown as ServiceClient
  return readResult({ id: info.id, info, hub: { client }, readValue: () => value })
}

it.each([
  ['late', new LateError('getEnded', 1, Promise.resolve(ended))],
  ['cut off with the connection', new BrokenError()],
])('a job has succeeded, though the answer about it is %s at first', async (_, failure) => {
  let asked = 0
  const result = await read(async () => {
    if (asked++ === 0) throw failure
    return ended
  })
  expect(result).toMatchObject({ state: 'succeeded', value: 'value' })
})

it.each([
  ['is not in the history any more', async () => undefined],
  ['cannot be read there', () => Promise.reject(new RefusedError('The row is damaged.'))],
])('what did not succeed is what it was, though it %s', async (_, getEnded) => {
  const error = { kind: 'timeout', message: 'It took too long.' } as const
  expect(await read(getEnded, jobInfo('a', { state: 'failed', error }))).toMatchObject({ state: 'failed', error })
  const cancelled = { state: 'cancelled', endedBy: 'user', cancelReason: 'not needed' } as const
  expect(await read(getEnded, jobInfo('a', cancelled))).toMatchObject(cancelled)
})

it('a value that never comes is one that could not be read', async () => {
  process.env.HEADLESS_JOBS_FINISH_SECONDS = '0.01'
  try {
    const never = new Promise<string>(() => undefined)
    const lost = {
      state: 'failed',
      error: { kind: 'lost', message: expect.stringContaining('could not be read again') },
    }
    expect(await read(async () => ended, ended.info, never)).toMatchObject(lost)
  } finally {
    delete process.env.HEADLESS_JOBS_FINISH_SECONDS
  }
})
