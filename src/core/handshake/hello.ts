// The first messages between a window and the job service, and the versions of the protocol that this code speaks.
import type { Summary } from '../protocol/facts'

/**
 * The highest that this version speaks. Raised when a message changes its meaning. What is only added needs no new number:
 * requests are named in `Welcome`, and a field that the other side does not know is ignored there.
 */
export const PROTOCOL_VERSION = 5
/** The lowest that it still speaks; raised when something is removed that older versions need. */
export const MIN_PROTOCOL = 4

/** The first request after the proofs of both sides (`proving`). */
export interface Hello {
  /** The highest that the window speaks. */
  protocol: number
  /** The lowest; a window of protocol 4 speaks no other and leaves it out. */
  minProtocol?: number
  /** Version of the extension, for the service's log. The window compares that of `Welcome`, and drains an older service. */
  version: string
  /** Made anew by each extension host; jobs and their answers are bound to it. */
  session: string
  /** Which workspace this window shows; secrets are given back only to its jobs. */
  workspace: string
  /** The name of the workspace, by which messages mention the window. */
  window: string
}

export interface Welcome {
  /** The highest that both speak. */
  protocol: number
  /** The requests that the service knows; one of protocol 4 does not say. */
  methods?: readonly string[]
  /** Version of the service; a window of a newer one lets it drain. */
  version: string
  /** Made anew each time a service starts. */
  boot: string
  pid: number
  /** The service's clock, for elapsed times: milliseconds since the epoch. */
  now: number
  summary: Summary
}

export const HELLO_REQUEST = 'hello'
