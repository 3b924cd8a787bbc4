// Live output for callbacks, when what fetches it is late, breaks, or is refused.
import { expect, it } from 'vitest'
import { BrokenError, LateError, RefusedError } from '../../../src/client/connection/serviceConnection'
import { emptyTail } from '../../../src/core/jobs/job'
import { jobInfo } from '../../support/jobInfo'
import { playService } from '../../support/playedService'

const LINES = ['first\n', 'last\n']
const TEXT = LINES.join('')

/** A job that has written both lines when it ends; its last line is refused once, as given. */
async function heard(failure: (answer: { base64: string }) => Error): Promise<string> {
  const pieces: string[] = []
  let asked = 0
  const { api, send } = playService({
    output: async ({ offset }) => {
      const line = offset === 0 ? LINES[0] : LINES[1]
      const answer = { base64: Buffer.from(line ?? '').toString('base64'), total: TEXT.length }
      if (offset > 0 && asked++ === 0) throw failure(answer)
      return answer
    },
  })
  const onStdout = (bytes: Uint8Array) => void pieces.push(Buffer.from(bytes).toString())
  const job = api.submit({ command: ['true'], onStdout })
  await job.accepted
  send({ type: 'ended', jobs: [{ info: jobInfo(job.id, { stdoutBytes: TEXT.length }), tail: emptyTail }] })
  expect(await job.result).toMatchObject({ state: 'succeeded' })
  return pieces.join('')
}

it.each([
  ['late', (answer: { base64: string }) => new LateError('output', 1, Promise.resolve(answer))],
  ['cut off with the connection', () => new BrokenError()],
])('its end comes, before the result, though it is %s at first', async (_, failure) => {
  expect(await heard(failure)).toBe(TEXT)
})

it('without what the job service refuses the job ends', async () => {
  expect(await heard(() => new RefusedError('It was cleared.'))).toBe(LINES[0])
})
