// Where queued jobs wait besides batches and pools: for a slot, for a secret, for another attempt.
import type { WaitReason } from '../../api'
import { PriorityQueue, type QueueEntry } from '../jobs/priorityQueue'
import type { QueuePlace } from '../jobs/queuePlace'
import type { JobRecord } from '../store/records'

/** Jobs that start when slots are free. */
export class SlotQueue extends PriorityQueue implements QueuePlace {
  readonly keepsService = 'unlessStopped'

  /** What waits for nothing else waits for a slot. */
  reasonOf(): WaitReason {
    return 'slot'
  }
}

/** Whether all secret values of a job are known. */
export interface SecretValues {
  lacksSecret(job: JobRecord): boolean
}

/** Jobs that lack a secret of their environment since the service was restarted: only a window can provide it. */
export class LackingSecrets implements QueuePlace {
  readonly keepsService = 'never'
  readonly #entries = new Map<number, QueueEntry>()
  readonly #environments: SecretValues

  constructor(environments: SecretValues) {
    this.#environments = environments
  }

  get size(): number {
    return this.#entries.size
  }

  has(seq: number): boolean {
    return this.#entries.has(seq)
  }

  reasonOf(job: JobRecord): WaitReason | undefined {
    return this.#environments.lacksSecret(job) ? 'secret' : undefined
  }

  add(entry: QueueEntry): void {
    this.#entries.set(entry.seq, entry)
  }

  remove(seq: number): void {
    this.#entries.delete(seq)
  }

  removeAll(): QueueEntry[] {
    const entries = [...this.#entries.values()]
    this.#entries.clear()
    return entries
  }
}

/** Jobs that pause before another attempt. */
export class RetryDelays implements QueuePlace {
  readonly keepsService = 'always'
  readonly #timers = new Map<number, NodeJS.Timeout>()

  get size(): number {
    return this.#timers.size
  }

  has(seq: number): boolean {
    return this.#timers.has(seq)
  }

  reasonOf({ seq }: JobRecord): WaitReason | undefined {
    return this.#timers.has(seq) ? 'retry' : undefined
  }

  add(seq: number, delayMs: number, onDue: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(seq)
      onDue()
    }, delayMs)
    this.#timers.set(seq, timer)
  }

  remove(seq: number): void {
    clearTimeout(this.#timers.get(seq))
    this.#timers.delete(seq)
  }
}
