// Jobs whose turn has come and whose group (a batch at its cap, a pool whose workers are all busy) takes no more for now:
// they wait beside the queue, so that others start meanwhile.
import type { WaitReason } from '../../api'
import type { JobRecord } from '../store/records'
import { PriorityQueue, type QueueEntry } from './priorityQueue'
import type { QueuePlace } from './queuePlace'

export class ParkedJobs implements QueuePlace {
  readonly keepsService = 'unlessStopped'
  readonly reasonOf: (job: JobRecord) => WaitReason | undefined
  readonly #groups = new Map<number, PriorityQueue>()
  /** The group of each job. */
  readonly #groupOf = new Map<number, number>()

  constructor(reasonOf: (job: JobRecord) => WaitReason | undefined) {
    this.reasonOf = reasonOf
  }

  get size(): number {
    return this.#groupOf.size
  }

  sizeOf(group: number): number {
    return this.#groups.get(group)?.size ?? 0
  }

  has(seq: number): boolean {
    return this.#groupOf.has(seq)
  }

  add(group: number, entry: QueueEntry): void {
    const parked = this.#groups.get(group) ?? new PriorityQueue()
    this.#groups.set(group, parked)
    parked.add(entry)
    this.#groupOf.set(entry.seq, group)
  }

  /** Removes the first of a group. */
  shift(group: number): QueueEntry | undefined {
    const entry = this.#groups.get(group)?.shift()
    if (entry) this.#forget(entry.seq, group)
    return entry
  }

  remove(seq: number): void {
    const group = this.#groupOf.get(seq)
    if (group === undefined) return
    this.#groups.get(group)?.remove(seq)
    this.#forget(seq, group)
  }

  #forget(seq: number, group: number): void {
    this.#groupOf.delete(seq)
    if (this.sizeOf(group) === 0) this.#groups.delete(group)
  }
}
