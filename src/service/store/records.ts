// What the store holds of a job and of a batch.
import type { JobInfo, JobState } from '../../api'
import type { StoredSpec } from '../../core/jobs/job'
import type { BatchResultHandler } from '../../core/protocol/protocol'

/** What of a job's facts is stored once it has been started or has ended. */
export type Facts = {
  -readonly [K in Exclude<keyof JobInfo, 'id' | 'name' | 'state' | 'batchId' | 'owner' | 'submittedAt'>]?: JobInfo[K]
} & {
  /** Start time of the process `pid`, as the platform writes it: pids are used again. */
  processStartTime?: string
  stderrTruncated?: boolean
  /** Where stdout and stderr are when they are files; sizes are in `stdoutBytes` and `stderrBytes`. */
  stdoutFile?: string
  stderrFile?: string
  /** How both came, as `OutputQuery` describes it. */
  order?: string
}

export interface JobRecord {
  seq: number
  id: string
  /** `seq` of its batch; 0 for a single job. */
  batch: number
  pos: number
  owner: string
  session: string
  state: JobState
  environment: string
  submitted: number
  spec: StoredSpec
  facts: Facts
  /** `seq` of the job that took its place. */
  replacedBy: number | null
  /** Id of the job whose place it took. */
  replaces: string | null
  /** How often something was tried at its place before it was submitted. */
  earlierAttempts: number
  /** `seq` of the last job before it whose result is in the history. */
  earlierResult: number | null
  unsaved: number
}

/** What the service must know of every job when it starts. */
export interface OutlinedJob {
  seq: number
  batch: number
  pos: number
  state: JobState
  replacedBy: number | null
  /** Only if asked for. */
  environment?: string
}

/** What a run wrote, as far as it is small enough for the store; larger outputs are files. */
export interface StoredOutputs {
  stdout: Uint8Array | null
  stderr: Uint8Array | null
  /** Its result exists nowhere else. */
  unsaved: boolean
}

export interface BatchRecord {
  seq: number
  id: string
  name: string
  owner: string
  session: string
  sealed: 'open' | 'complete' | 'cut'
  concurrency: number | null
  stopAfterFailures: number | null
  submitted: number
  started: number | null
  ended: number | null
  /** Milliseconds since its start in which none of its jobs was under way. */
  idle: number
  /** How often it has been complete: once more each time that jobs of it were run again. */
  round: number
  /** Who takes its result. */
  handler: BatchResultHandler | null
}
