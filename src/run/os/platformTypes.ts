// What a system must know about process trees, and the data in which it answers.

import type { TreeUsage } from '../base/runTypes'

export type Signal = 'SIGTERM' | 'SIGKILL'

export interface ProcessInfo {
  pid: number
  /** In the platform's own form; with the pid it identifies a process for ever. */
  startTime: string
  group: number
  /** Linux. */
  session?: number
  /** Ended, but not waited for yet. */
  dead: boolean
  /** Linux: the job that its environment names. */
  jobId?: string
}

export interface TreeSample {
  /** Of the main process. */
  startTime: string | undefined
  usage: TreeUsage | undefined
}

/** What is known of a tree whose main process may be gone. */
export interface TreeRoot {
  readonly id: string
  /** Of the main process, which is also its group's and session's number. */
  readonly pid: number
  readonly startTime: string | undefined
  /** It was our child all the time, so that its group's number cannot have been reused meanwhile. */
  readonly ours: boolean
  /** The main process has ended and has been waited for, or was never our child. */
  readonly rootGone: boolean
  /** Whether nothing is left, decided at once; `false` means: not known, look for members. */
  isSurelyGone(): boolean
}

/** The differences between the systems, as far as they concern process trees. */
export interface Platform {
  /** How often memory and CPU time are sampled. */
  readonly sampleIntervalMs: number
  /** A child of ours has been started as the main process of a tree. */
  rootStarted(pid: number): void
  /** It has ended and has been waited for. */
  rootEnded(pid: number): void
  /** Whether this child has ended and has not been waited for yet; `false` also where that cannot be seen. */
  isZombie(pid: number): boolean
  /** Whether nothing is left of a tree without its main process; `false` also where that cannot be decided at once. */
  isSurelyGone(tree: { id: string; pid: number; ageMs: number }): boolean
  /** All processes of a tree that are alive, the main one among them, as far as they can be seen. */
  findMembers(root: TreeRoot): Promise<ProcessInfo[]>
  /** Whether this very process is alive, and not another one with its pid. */
  isStill(process: ProcessInfo): Promise<boolean>
  /**
   * Asks the main process, a living child of ours, and with it all that can be reached at once, to end. Absent where
   * programs cannot be asked.
   */
  askTree?(pid: number): void
  /** Ends the same by force. */
  killTree(pid: number): void
  /** Calls back at most once, on Linux before it returns: cheap enough for once a second. */
  sample(pid: number, use: (sample: TreeSample) => void): void
  /** All threads of a tree; none where they inherit the niceness of their process. */
  threads(pid: number): number[]
  /** @returns `false` when it has to be tried again later */
  makeSessionNice(pid: number, niceness: number): boolean
  /** The wait status of a child that is ending and has not been waited for; `undefined` while it runs or is not seen. */
  exitStatus(pid: number): number | undefined
}
