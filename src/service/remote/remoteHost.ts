// What the runner of a queue elsewhere knows of its queue, and what it says of it.
import type { ElsewhereConfig } from '../../core/jobs/queueConfig'
import type { Run, RunEvents, RunSpec } from '../../run/base/runTypes'
import type { RemoteState } from '../jobs/queues'
import type { RunnerProgram } from '../launch/bootstrap'
import type { Launcher } from '../launch/remoteShell'

export interface RemoteHost {
  readonly name: string
  /** Of letters and digits: that of no other queue or job service. */
  readonly key: string
  /** How long its runner outlives a connection; 0 when it does not. */
  readonly keepSeconds: number
  /** Its runner is begun by an allocation of a cluster, and not from here. */
  readonly isHeld?: boolean
  /** Whether there is something to connect to. Absent: as far as is known. */
  mayConnect?(): boolean
  /** Why what it had is lost, as the beginning of a sentence, when that is known. */
  readonly whyLost?: string | undefined
  /** For one connection. */
  launcher(): Launcher
  /** As it is now. */
  readonly config: ElsewhereConfig
  /** What was sent ahead is not begun. */
  readonly isPaused: boolean
  program(): RunnerProgram
  /** @param hasGone its runner, where something else than the connection to it says so */
  onState(state: RemoteState, hasGone?: boolean): void
  /** What its runner has, when that was begun by an earlier service or is new; and whether it had all jobs of the earlier service. */
  onKnownJobs(jobs: readonly KnownJob[], isSame: boolean): void
  /** Which runner it was that has been given jobs last: survives the job service. */
  readonly lastEpoch: string | undefined
  setLastEpoch(epoch: string): void
  /** Whether what has ended is on disk a moment later. */
  isStored(): boolean
  /** Whether jobs wait for it or run on it. */
  isWanted(): boolean
}

/** A job that the runner has, or whose end it knows. */
export interface KnownJob {
  readonly id: string
  adopt(spec: RunSpec, events: RunEvents): Run
  /** Nobody waits for it. */
  abandon(): void
}
