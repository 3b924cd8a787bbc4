// The messages before hello, by which both sides prove that they know the token of the record (`service/base/proof`). The
// service goes first: a program that only sits at its socket learns nothing from a window.

export const CHALLENGE_REQUEST = 'challenge'
export const PROVE_REQUEST = 'prove'

export interface Challenge {
  /** A random number of the window. */
  nonce: string
}

export interface ChallengeReply {
  /** A random number of the service. */
  nonce: string
  /** Of the service, over both. */
  proof: string
}

export interface Prove {
  /** Of the window, over both. */
  proof: string
}
