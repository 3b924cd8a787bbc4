// A worker for its starter, without a job service: what is answered is answered, whatever becomes of the worker then.
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { WorkerHandle } from '../../../src/client/api/workerHandle'
import type { WorkerReply } from '../../../src/core/jobs/workerRequests'
import type { ServiceApi } from '../../../src/core/protocol/protocol'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hj-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** One that ends while the window reads the file of its only answer. */
function endsWhenAnswered(reply: WorkerReply): WorkerHandle {
  const service = {
    request: async () => {
      // reading a file takes several turns of the event loop, this one
      setImmediate(() => worker.handleExit({ exitCode: 1, signal: null, stderr: '' }))
      return reply
    },
    releaseReplies: async () => ({}),
  } as unknown as ServiceApi
  const folders = { spool: folder, arrays: folder }
  const worker = new WorkerHandle({ service, protocol: 'lines', folders, log: () => undefined })
  worker.begin(Promise.resolve())
  return worker
}

it('a request whose answer has come is answered, though the worker ends while it is read', async () => {
  const file = join(folder, 'answer.out')
  writeFileSync(file, '"answered"')
  const worker = endsWhenAnswered({ value: { file, bytes: 10 } })
  expect(await worker.request(1)).toBe('answered')
  await expect(worker.request(2)).rejects.toMatchObject({ kind: 'exit' })
})

it('its last progress is reported before', async () => {
  const worker = endsWhenAnswered({ value: { base64: Buffer.from('2').toString('base64') }, progress: { fraction: 1 } })
  const reported: unknown[] = []
  expect(await worker.request(1, { onProgress: progress => void reported.push(progress) })).toBe(2)
  expect(reported).toEqual([{ fraction: 1 }])
})

it('a request of one that could not be started leaves no file', async () => {
  const service = { releaseReplies: () => Promise.reject(new Error('no connection')) } as unknown as ServiceApi
  const folders = { spool: folder, arrays: folder }
  const worker = new WorkerHandle({ service, protocol: 'lines', folders, log: () => undefined })
  worker.begin(Promise.reject(new Error('no job service')))
  await expect(worker.request('x'.repeat(200_000))).rejects.toMatchObject({ message: 'no job service' })
  expect(readdirSync(folder)).toEqual([])
})
