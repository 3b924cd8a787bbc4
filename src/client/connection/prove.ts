// Before a window introduces itself: whoever listens proves to be the job service of the record, then the window proves
// to be of the same user. Until then nothing is believed that comes through the connection.

import { t } from '@vscode/l10n'
import {
  CHALLENGE_REQUEST,
  type Challenge,
  type ChallengeReply,
  PROVE_REQUEST,
  type Prove,
} from '../../core/handshake/proving'
import { HANDSHAKE_TIMEOUT_MS } from '../../core/protocol/limits'
import { isNonce, isProof, makeNonce, proofOf } from '../../service/base/proof'
import { type OpenConnection, RefusedError, send } from './serviceConnection'

/** Who listens there is not the job service that wrote the record. */
export class ImpostorError extends Error {
  constructor() {
    super(t('What listens at the socket of the job service has not proved to be it, and nothing was sent to it.'))
  }
}

/** @throws ImpostorError, LateError when nothing answers */
export async function prove(connection: OpenConnection, token: string): Promise<void> {
  const window = makeNonce()
  const reply = await challenge(connection, { nonce: window })
  const { nonce: service, proof } = reply ?? {}
  if (!isNonce(service) || !isProof(proof, token, 'service', { window, service })) throw new ImpostorError()
  connection.isProved = true
  const answer: Prove = { proof: proofOf(token, 'window', { window, service }) }
  await send(connection, PROVE_REQUEST, answer, HANDSHAKE_TIMEOUT_MS)
}

async function challenge(connection: OpenConnection, mine: Challenge): Promise<Partial<ChallengeReply> | null> {
  try {
    return (await send(connection, CHALLENGE_REQUEST, mine, HANDSHAKE_TIMEOUT_MS)) as ChallengeReply | null
  } catch (error) {
    throw error instanceof RefusedError ? new ImpostorError() : error
  }
}
