// The service's side of the proofs before hello.
import { type MessageConnection, ResponseError } from 'vscode-jsonrpc/node'
import {
  CHALLENGE_REQUEST,
  type Challenge,
  type ChallengeReply,
  PROVE_REQUEST,
  type Prove,
} from '../../core/handshake/proving'
import { isNonce, isProof, makeNonce, type Nonces, proofOf } from '../base/proof'

export interface ProvingHost {
  token: string
  /** The other side knows the token, too. */
  onProved(): void
  /** It does not: the connection is to be closed once it has been notified. */
  onRefused(): void
}

/** Answers both requests, each once. */
export function answerProofs(connection: MessageConnection, { token, onProved, onRefused }: ProvingHost): void {
  let nonces: Nonces | undefined
  let isOver = false
  const refuse = (why: string) => {
    isOver = true
    onRefused()
    return new ResponseError<void>(2, why)
  }
  connection.onRequest(CHALLENGE_REQUEST, (challenge: Challenge | null): ChallengeReply => {
    const window = challenge?.nonce
    if (nonces || !isNonce(window)) throw refuse('A connection begins with one challenge.')
    nonces = { window, service: makeNonce() }
    return { nonce: nonces.service, proof: proofOf(token, 'service', nonces) }
  })
  connection.onRequest(PROVE_REQUEST, (prove: Prove | null): null => {
    if (!nonces || isOver || !isProof(prove?.proof, token, 'window', nonces)) {
      throw refuse('The proof is wrong: this client cannot read the files of the user whose job service this is.')
    }
    isOver = true
    onProved()
    return null
  })
}
