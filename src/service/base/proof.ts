// How a window and the job service prove to each other that both can read the same record. Its token never travels: each
// side shows a keyed hash of random numbers of both, so that neither learns anything that it could use elsewhere.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

/** Who proves: a proof of one side is none of the other, so that nobody can send back what he was sent. */
type Side = 'service' | 'window'

/** Random numbers, made anew by each side for each connection. */
export interface Nonces {
  readonly window: string
  readonly service: string
}

const NONCE_BYTES = 32

export function makeNonce(): string {
  return randomBytes(NONCE_BYTES).toString('hex')
}

export function isNonce(value: unknown): value is string {
  return typeof value === 'string' && value.length === NONCE_BYTES * 2 && /^[0-9a-f]+$/.test(value)
}

export function proofOf(token: string, side: Side, { window, service }: Nonces): string {
  return createHmac('sha256', token).update(`headless-jobs ${side} ${window} ${service}`).digest('hex')
}

export function isProof(given: unknown, token: string, side: Side, nonces: Nonces): boolean {
  const right = Buffer.from(proofOf(token, side, nonces))
  const shown = Buffer.from(String(given))
  return shown.length === right.length && timingSafeEqual(shown, right)
}
