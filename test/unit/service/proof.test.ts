import { describe, expect, it } from 'vitest'
import { mayBeSquatted } from '../../../src/client/connection/serviceLoss'
import { pipeName } from '../../../src/service/base/paths'
import { isNonce, isProof, makeNonce, proofOf } from '../../../src/service/base/proof'

const nonces = { window: makeNonce(), service: makeNonce() }

describe('a proof', () => {
  it('is that of this token, side and connection alone', () => {
    const proof = proofOf('token', 'window', nonces)
    expect(isProof(proof, 'token', 'window', nonces)).toBe(true)
    expect(isProof(proof, 'other', 'window', nonces)).toBe(false)
    expect(isProof(proof, 'token', 'service', nonces)).toBe(false)
    expect(isProof(proof, 'token', 'window', { ...nonces, service: makeNonce() })).toBe(false)
    expect(isProof(proof, 'token', 'window', { ...nonces, window: makeNonce() })).toBe(false)
  })

  it.each([undefined, null, '', 'token', 5, {}, 'é'.repeat(32)])('is not %j', value => {
    expect(isProof(value, 'token', 'window', nonces)).toBe(false)
  })
})

it('random numbers have one form', () => {
  expect(isNonce(makeNonce())).toBe(true)
  for (const value of [undefined, '', 'a', `${makeNonce()} `, 'g'.repeat(64), ['a']]) expect(isNonce(value)).toBe(false)
  expect(makeNonce()).not.toBe(makeNonce())
})

it('the name of a pipe cannot be guessed', () => {
  expect(pipeName()).toMatch(/^\\\\\.\\pipe\\headless-jobs-[0-9a-f]{32}$/)
  expect(pipeName()).not.toBe(pipeName())
})

it('a silent pipe of a process that is gone is no service; elsewhere silence is taken for a service that stands still', () => {
  const record = { pid: 2 ** 22 + 1, socket: '', token: '', version: '' }
  expect(mayBeSquatted(record, 'win32')).toBe(true)
  expect(mayBeSquatted({ ...record, pid: process.pid }, 'win32')).toBe(false)
  expect(mayBeSquatted(record, 'linux')).toBe(false)
})
