// What a window asks of a worker of its own, and what it is answered. Types of the contract in protocol.ts.
import type { JobError, Progress } from '../../api'
import type { StoredBytes } from '../values/storedBytes'
import type { StoredInput } from './job'

export interface WorkerRequest {
  /** A UUID, made by the client; the files of its arrays are named by it. */
  id: string
  input: StoredInput
  timeoutMs?: number
}

/** The answer to a request, or the reason why there is none. */
export interface WorkerReply {
  /** As a job's stdout: JSON, or a frame. */
  value?: WorkerValue
  error?: JobError & { traceback?: string }
  /** The worker had ended when the request came; the reason is in its `workerExit` event. */
  ended?: true
  /** The last progress of the request, whose event may not have been sent. */
  progress?: Progress
}

/** A message of a worker: small ones inside, others as a file. `arrays`: it refers to files of arrays. */
export type WorkerValue = StoredBytes & { arrays?: true }
