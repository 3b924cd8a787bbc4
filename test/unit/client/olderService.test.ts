// Requests that an older job service does not know.
import { expect, it } from 'vitest'
import { ErrorCodes, ResponseError } from 'vscode-jsonrpc/node'
import { orWithout } from '../../../src/client/connection/olderService'
import { RefusedError } from '../../../src/client/connection/serviceConnection'
import { serviceMethods } from '../../../src/core/protocol/protocol'

const refusal = (code: number) => new RefusedError('No.', new ResponseError(code, 'No.'))

it('are not sent when it says what it knows', async () => {
  const send = () => Promise.reject(new Error('It was sent.'))
  const older = { version: '0.9.0', methods: ['sync'] }
  expect(await orWithout('place', older, send)).toBeNull()
  await expect(orWithout('sync', older, send)).rejects.toThrow('It was sent.')
})

it('are refused with a sentence of one form, or answered as by a service that has nothing of the kind', async () => {
  const sentence = /^The job service is of an older version \(0\.9\.0\), which cannot .+; try again when .+\.$/
  for (const method of serviceMethods) {
    const nothing = orWithout(method, { version: '0.9.0', methods: [] }, () => Promise.resolve('sent'))
    const outcome = await nothing.catch((error: unknown) => error)
    expect(outcome).not.toBe('sent')
    if (outcome instanceof Error) expect(outcome.message).toMatch(sentence)
  }
})

it('are sent when it does not say so, and an answer that it knows no such request is understood', async () => {
  const old = { version: '0.9.0' }
  expect(await orWithout('place', old, () => Promise.resolve('sent'))).toBe('sent')
  expect(await orWithout('place', old, () => Promise.reject(refusal(ErrorCodes.MethodNotFound)))).toBeNull()
  await expect(orWithout('place', old, () => Promise.reject(refusal(ErrorCodes.InvalidParams)))).rejects.toThrow('No.')
})
