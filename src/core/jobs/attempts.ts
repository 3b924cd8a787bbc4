// Attempts at a place of the list, and jobs that an action selects, as a window receives them. Types of the contract in
// protocol.ts.
import type { JobState } from '../../api'

/** What a window needs of a job to confirm an action on many, and then to name exactly these. */
export interface JobOutline {
  id: string
  /** Whose result the history has: that of the job itself, or that of an earlier attempt. */
  result?: 'own' | 'earlier'
  /** Results at its place that exist nowhere else, and one more if it is `awaited`. */
  unsaved?: number
  /** A handler is still to get its result, or that of its batch. Windows of earlier versions know of `unsaved` alone. */
  awaited?: true
}

/** One of the attempts at the place of a job. */
export interface AttemptInfo {
  /** The job whose attempt it is: this one, or one that it replaced. */
  id: string
  /** Of an attempt that was retried: the `attempt` of an `output` request. */
  retry?: number
  /** 1 for the first. */
  number: number
  state: JobState
  submittedAt: number
  startedAt?: number
  endedAt?: number
  exitCode?: number | null
  signal?: string | null
  /** Why it did not succeed. */
  message?: string
  stdoutBytes: number
  stderrBytes: number
  /** Its stdout went to a file that the user named, not into the history. */
  stdoutIsFile?: true
}

/** The newest first; `more` when there are older ones than these. */
export interface AttemptsReply {
  attempts: AttemptInfo[]
  more?: true
}
