// What a window is told of the attempts at a place of the list, and of jobs that it wants to do something to. Types of the
// contract in protocol.ts.
import type { JobState } from '../../api'

/** A job in the shortest words: to count, and then to do what was asked about to exactly these. */
export interface JobOutline {
  id: string
  /** Whose result the history has: that of the job itself, or that of an earlier attempt. */
  result?: 'own' | 'earlier'
  /** Results at its place that exist nowhere else. */
  unsaved?: number
}

/** One of the attempts at the place of a job. */
export interface AttemptInfo {
  /** The job whose attempt it is: it, or one that it took over from. */
  id: string
  /** Of one that the job's `retries` ran again: with it `output` is asked for. */
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
