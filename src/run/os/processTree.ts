// The process tree of a job: its process group and session and, on Linux, every process whose environment names the job.
// Looks, never signals.
import type { TreeUsage } from '../base/runTypes'
import { platform } from './platform'
import type { TreeRoot } from './platformTypes'

/** The tree of a child of ours. */
export class ProcessTree implements TreeRoot {
  readonly ours = true
  /** Known after the first sample: the first read of a new process in /proc costs as much as everything else around it. */
  startTime: string | undefined
  rootGone = false
  readonly #madeAt = performance.now()

  constructor(
    readonly id: string,
    readonly pid: number,
  ) {
    platform.rootStarted(pid)
  }

  /** The main process has ended by itself, though its exit may not have been reported yet. */
  hasRootEnded(): boolean {
    return this.rootGone || platform.isZombie(this.pid)
  }

  setRootGone(): void {
    this.rootGone = true
    platform.rootEnded(this.pid)
  }

  isSurelyGone(): boolean {
    if (!this.rootGone) return false
    return platform.isSurelyGone({ id: this.id, pid: this.pid, ageMs: performance.now() - this.#madeAt })
  }

  sample(use: (usage: TreeUsage) => void): void {
    platform.sample(this.pid, ({ startTime, usage }) => {
      this.startTime ??= startTime
      if (usage) use(usage)
    })
  }
}
