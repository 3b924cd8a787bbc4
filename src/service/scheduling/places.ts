// Where queued jobs wait besides batches and pools: for a slot, for a secret, for another attempt.
import type { WaitReason } from '../../api'
import { PriorityQueue, type QueueEntry, type Turn } from '../jobs/priorityQueue'
import type { QueuePlace } from '../jobs/queuePlace'
import type { JobRecord } from '../store/records'

/** Jobs that start when slots are free. */
export class SlotQueue extends PriorityQueue implements QueuePlace {
  readonly keepsService = 'unlessStopped'

  get turns(): Iterable<Turn> {
    return this.all
  }

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

  get turns(): Iterable<Turn> {
    return this.#entries.values()
  }

  setPriority(seq: number, priority: number): void {
    const entry = this.#entries.get(seq)
    if (entry) this.add({ ...entry, priority })
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
  readonly turns = []
  readonly #pausing = new Map<number, { job: JobRecord; timer: NodeJS.Timeout }>()

  get size(): number {
    return this.#pausing.size
  }

  has(seq: number): boolean {
    return this.#pausing.has(seq)
  }

  reasonOf({ seq }: JobRecord): WaitReason | undefined {
    return this.#pausing.has(seq) ? 'retry' : undefined
  }

  /** @param onDue called with the job, which may have got another priority meanwhile */
  add(job: JobRecord, delayMs: number, onDue: (job: JobRecord) => void): void {
    const { seq } = job
    const timer = setTimeout(() => {
      const pausing = this.#pausing.get(seq)
      this.#pausing.delete(seq)
      if (pausing) onDue(pausing.job)
    }, delayMs)
    this.#pausing.set(seq, { job, timer })
  }

  setPriority(seq: number, priority: number): void {
    const pausing = this.#pausing.get(seq)
    if (pausing) pausing.job = { ...pausing.job, spec: { ...pausing.job.spec, priority } }
  }

  remove(seq: number): void {
    clearTimeout(this.#pausing.get(seq)?.timer)
    this.#pausing.delete(seq)
  }
}
