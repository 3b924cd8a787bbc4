// Jobs that wait beside the queue, so that others start meanwhile: by what they wait for, which is a batch at its cap, a pool whose
// workers are all busy, or the handler that makes their input.
import type { WaitReason } from '../../api'
import type { JobRecord } from '../store/records'
import { PriorityQueue, type QueueEntry, startsBefore, type Turn } from './priorityQueue'
import type { QueuePlace } from './queuePlace'

/** Where a job waits beside the queue. */
export interface Parking {
  readonly parked: ParkedJobs
  readonly group: number
}

export class ParkedJobs<Group = number> implements QueuePlace {
  readonly reasonOf: (job: JobRecord) => WaitReason | undefined
  readonly #keepsService: (groups: Iterable<Group>) => QueuePlace['keepsService']
  readonly #groups = new Map<Group, PriorityQueue>()
  /** The group of each job. */
  readonly #groupOf = new Map<number, Group>()

  constructor(
    reasonOf: (job: JobRecord) => WaitReason | undefined,
    keepsService: (groups: Iterable<Group>) => QueuePlace['keepsService'] = () => 'unlessStopped',
  ) {
    this.reasonOf = reasonOf
    this.#keepsService = keepsService
  }

  get keepsService(): QueuePlace['keepsService'] {
    return this.#keepsService(this.groups)
  }

  get size(): number {
    return this.#groupOf.size
  }

  get groups(): Iterable<Group> {
    return this.#groups.keys()
  }

  sizeOf(group: Group): number {
    return this.#groups.get(group)?.size ?? 0
  }

  /** How many of a group start before this one. */
  before(turn: Turn, group: Group): number {
    let count = 0
    for (const other of this.#groups.get(group)?.all ?? []) if (startsBefore(other, turn)) count++
    return count
  }

  has(seq: number): boolean {
    return this.#groupOf.has(seq)
  }

  add(group: Group, entry: QueueEntry): void {
    const parked = this.#groups.get(group) ?? new PriorityQueue()
    this.#groups.set(group, parked)
    parked.add(entry)
    this.#groupOf.set(entry.seq, group)
  }

  firstOf(group: Group): QueueEntry | undefined {
    return this.#groups.get(group)?.first
  }

  /** Removes the first of a group. */
  shift(group: Group): QueueEntry | undefined {
    const entry = this.#groups.get(group)?.shift()
    if (entry) this.#forget(entry.seq, group)
    return entry
  }

  get turns(): Iterable<Turn> {
    return [...this.#groups.values()].flatMap(queue => [...queue.all])
  }

  setPriority(seq: number, priority: number): void {
    const group = this.#groupOf.get(seq)
    if (group !== undefined) this.#groups.get(group)?.setPriority(seq, priority)
  }

  remove(seq: number): void {
    const group = this.#groupOf.get(seq)
    if (group === undefined) return
    this.#groups.get(group)?.remove(seq)
    this.#forget(seq, group)
  }

  #forget(seq: number, group: Group): void {
    this.#groupOf.delete(seq)
    if (this.sizeOf(group) === 0) this.#groups.delete(group)
  }
}
