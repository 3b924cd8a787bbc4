// The named queues: what the settings say of each, how many slots its jobs have, and whether it is paused. A job whose turn has
// come waits beside the others while its queue takes no more, so that no queue waits for another one.
import type { WaitReason } from '../../api'
import { definedOf } from '../../core/base/records'
import { hasProcess } from '../../core/jobs/job'
import {
  isElsewhere,
  isOfJobs,
  LOCAL_QUEUE,
  type QueueConfig,
  type QueueConfigs,
  queueNames,
} from '../../core/jobs/queueConfig'
import type { AllocationInfo, QueueInfo } from '../../core/protocol/facts'
import { Signal } from '../base/signal'
import type { JobRecord } from '../store/records'
import type { Store } from '../store/store'
import { parseNames } from '../store/storedJson'
import type { LedgerListener } from './ledger'
import type { Limit } from './limit'
import { ParkedJobs } from './parkedJobs'
import type { QueueEntry } from './priorityQueue'

export interface QueuesHost {
  readonly settings: {
    /** What they say now. */
    readonly queues: QueueConfigs
    readonly changed: Signal
  }
  readonly store: Pick<Store, 'getMeta' | 'setMeta'>
}

/** In the store: the names of the queues that a person had paused. */
const PAUSED = 'pausedQueues'

/** What is known of a queue elsewhere. */
export interface RemoteState {
  /** Absent while there is no connection. */
  cores?: number
  host?: string
  /** One sentence, while it cannot be reached. */
  problem?: string
  /** It can be reached, but for a Node: the one that runs the job service can be copied there. */
  lacksNode?: boolean
  /** Milliseconds since the epoch. */
  since?: number
  nextTryAt?: number
  /** Of a cluster, as they are now: how much of them is in use changes with each job. */
  allocations?(): readonly AllocationInfo[]
}

const SHOWN = ['host', 'problem', 'lacksNode', 'since', 'nextTryAt'] as const

function remoteInfo(remote: RemoteState = {}): Partial<QueueInfo> {
  const allocations = remote.allocations?.() ?? []
  return { ...definedOf(remote, ...SHOWN), ...(allocations.length > 0 && { allocations }) }
}

interface SlotRequest {
  cores: number
  run(): Promise<void>
}

class Queue {
  remote: RemoteState | undefined
  isPaused = false
  /** Slots of each of its jobs that run, by `seq`. */
  readonly #slots = new Map<number, number>()
  readonly #starting = new Set<number>()
  /** Jobs that a kept worker has. */
  readonly #ofWorkers = new Set<number>()
  /** Not of `local`, which has most: its number is what is left of all. */
  readonly #queued = new Map<number, number>()
  /** Slots of those that wait. */
  queuedSlots = 0

  constructor(
    readonly key: number,
    readonly name: string,
  ) {}

  /** What waits for slots but is no job. */
  readonly requests: SlotRequest[] = []
  /** Slots of what had waited so. */
  requested = 0

  get used(): number {
    let used = this.requested
    for (const slots of this.#slots.values()) used += slots
    return used
  }

  get running(): number {
    return this.#slots.size
  }

  get hasWorkers(): boolean {
    return this.#ofWorkers.size > 0 || this.requested > 0
  }

  /** Of those that run, how many were given away and have not begun. */
  get starting(): number {
    return this.#starting.size
  }

  get queued(): number {
    return this.#queued.size
  }

  follow({ seq, state, spec }: JobRecord): void {
    this.queuedSlots -= this.#queued.get(seq) ?? 0
    this.#queued.delete(seq)
    if (state === 'queued' && this.name !== LOCAL_QUEUE) {
      this.#queued.set(seq, spec.cores ?? 1)
      this.queuedSlots += spec.cores ?? 1
    }
    if (hasProcess(state)) this.#slots.set(seq, spec.cores ?? 1)
    else this.#slots.delete(seq)
    if (spec.keepAlive && hasProcess(state)) this.#ofWorkers.add(seq)
    else this.#ofWorkers.delete(seq)
    if (state === 'starting') this.#starting.add(seq)
    else this.#starting.delete(seq)
  }

  get waiting(): readonly number[] {
    return [...this.#queued.keys()]
  }

  /** Something runs, or waits that no pause holds. */
  get isBusy(): boolean {
    return this.#slots.size > 0 || this.requests.length > 0 || this.requested > 0
  }
}

export class Queues implements Limit, LedgerListener {
  readonly #host: QueuesHost
  readonly #byName = new Map<string, Queue>()
  readonly #byKey: Queue[] = []
  readonly parked: ParkedJobs = new ParkedJobs(
    job => this.#reasonOf(this.#of(job)),
    keys => ([...keys].every(key => this.#isHeld(this.#byKey[key - 1])) ? 'never' : 'unlessStopped'),
  )

  /** Jobs that were held up may start now. */
  readonly changed = new Signal()
  /** A job waits for this queue, which may need a connection. */
  readonly wanted = new Signal<string>()

  constructor(host: QueuesHost) {
    this.#host = host
    for (const name of parseNames(host.store.getMeta(PAUSED) ?? '[]') ?? []) this.#named(name).isPaused = true
    host.settings.changed.on(() => this.changed.emit())
  }

  /** As the settings say; `undefined` of one that they do not name. */
  configOf({ spec: { queue = LOCAL_QUEUE } }: Pick<JobRecord, 'spec'>): QueueConfig | undefined {
    return this.#configOf(queue)
  }

  #configOf(name: string): QueueConfig | undefined {
    const { queues } = this.#host.settings
    return queues[name] ?? (name === LOCAL_QUEUE ? { kind: 'local' } : undefined)
  }

  #named(name: string): Queue {
    let queue = this.#byName.get(name)
    if (!queue) {
      queue = new Queue(this.#byKey.length + 1, name)
      this.#byName.set(name, queue)
      this.#byKey.push(queue)
    }
    return queue
  }

  #of({ spec: { queue = LOCAL_QUEUE } }: JobRecord): Queue {
    return this.#named(queue)
  }

  groupOf(job: JobRecord): number {
    return this.#of(job).key
  }

  free(key: number): number {
    const queue = this.#byKey[key - 1]
    if (!queue || this.#reasonOf(queue) !== undefined) return 0
    return this.slotsOf(queue.name) + this.#aheadOf(queue.name) - queue.used
  }

  /** A job of more cores than the queue has slots takes all of them. One of a worker is not sent ahead. */
  needs({ cores, pool }: QueueEntry, key: number): number {
    const name = this.#byKey[key - 1]?.name
    return Math.max(1, Math.min(cores, this.slotsOf(name))) + (pool === 0 ? 0 : this.#aheadOf(name))
  }

  /** Slots of the jobs that may wait there: not beside workers, which the slots of a runner do not count. */
  #aheadOf(name = LOCAL_QUEUE): number {
    const config = this.#configOf(name)
    return isElsewhere(config) && !this.#byName.get(name)?.hasWorkers ? (config.maxQueued ?? 0) : 0
  }

  /** Slots that the jobs of this queue may take together. */
  slotsOf(name = LOCAL_QUEUE): number {
    const config = this.#configOf(name)
    if (!isElsewhere(config)) return config?.slots ?? Number.POSITIVE_INFINITY
    const isFixed = typeof config.slots === 'number' && config.kind !== 'slurm' // which has those of its allocations
    return isFixed ? Number(config.slots) : (this.#byName.get(name)?.remote?.cores ?? 0)
  }

  /** Why none of its jobs may start. */
  #reasonOf(queue: Queue | undefined): WaitReason | undefined {
    if (!queue) return undefined
    const config = this.#configOf(queue.name)
    if (!config) return 'queue'
    if (queue.isPaused) return 'paused'
    if (!isElsewhere(config) || queue.remote?.cores !== undefined) return undefined
    return queue.remote?.problem === undefined ? 'connecting' : 'unreachable'
  }

  /** Its jobs do not start by themselves. */
  #isHeld(queue: Queue | undefined): boolean {
    const reason = this.#reasonOf(queue)
    return reason === 'queue' || reason === 'paused'
  }

  /** Whether its jobs take no slots of this machine. */
  isElsewhere(job: Pick<JobRecord, 'spec'>): boolean {
    return isElsewhere(this.configOf(job))
  }

  /** How many slots elsewhere are in use. */
  get usedElsewhere(): number {
    return this.#byKey.reduce((sum, { name, used }) => sum + (isElsewhere(this.#configOf(name)) ? used : 0), 0)
  }

  /** Whether jobs wait for it, or run, which go on while others are held. */
  isWanted(name: string): boolean {
    const queue = this.#byName.get(name)
    return queue !== undefined && (queue.isBusy || (queue.queued > 0 && !this.#isHeld(queue)))
  }

  /** What has become of its connection. */
  setRemote(name: string, state: RemoteState | undefined): void {
    const queue = this.#named(name)
    queue.remote = state
    this.#serve(queue)
    this.changed.emit()
  }

  /** Runs something with the next slots of a queue that become free, before its jobs, also while these are paused. */
  takeSlots(name: string, cores: number, run: () => Promise<void>): void {
    const queue = this.#named(name)
    queue.requests.push({ cores, run })
    this.#serve(queue)
  }

  #serve(queue: Queue): void {
    for (let request = queue.requests[0]; request; request = queue.requests[0]) {
      const slots = this.slotsOf(queue.name)
      const cores = Math.min(request.cores, slots)
      if (cores === 0 || slots - queue.used < cores) return
      queue.requests.shift()
      queue.requested += cores
      void request.run().finally(() => {
        queue.requested -= cores
        this.#serve(queue)
        this.changed.emit()
      })
    }
  }

  /** The jobs that wait for it. */
  queuedOf(name: string): readonly number[] {
    return this.#byName.get(name)?.waiting ?? []
  }

  /** Slots that the jobs that wait for it take. */
  queuedSlotsOf(name: string): number {
    return this.#byName.get(name)?.queuedSlots ?? 0
  }

  isPaused(name: string): boolean {
    return this.#byName.get(name)?.isPaused === true
  }

  /** @throws Error when there is no such queue */
  pause(name: string, isPaused: boolean): void {
    if (!this.#configOf(name) && !this.#byName.has(name)) throw new Error(`There is no queue “${name}”.`)
    this.#named(name).isPaused = isPaused
    const paused = this.#byKey.filter(queue => queue.isPaused)
    this.#host.store.setMeta(PAUSED, JSON.stringify(paused.map(queue => queue.name)))
    this.changed.emit()
  }

  /** The keys of those whose jobs have come so far. */
  get keys(): Iterable<number> {
    return this.#byKey.map(({ key }) => key)
  }

  jobAdded(job: JobRecord): void {
    this.jobChanged(job)
  }

  jobChanged(job: JobRecord): void {
    const queue = this.#of(job)
    queue.follow(job)
    this.#serve(queue)
    if (job.state === 'queued' && queue.name !== LOCAL_QUEUE) this.wanted.emit(queue.name)
  }

  jobEnded(job: JobRecord): void {
    this.jobChanged(job)
  }

  /**
   * Those of the settings, and those that jobs still name; none while `local` is the only one.
   * @param queued how many jobs are queued in all
   */
  infos(queued: number): QueueInfo[] {
    const isLeft = ({ name, isBusy, queued }: Queue) => (isBusy || queued > 0) && !this.#configOf(name)
    const left = [...this.#byName.values()].filter(isLeft)
    const names = [...queueNames(this.#host.settings.queues), ...left.map(({ name }) => name)]
    if (names.length === 1) return []
    const named = [...this.#byName.values()].reduce((sum, queue) => sum + queue.queued, 0)
    return names.map(name => this.#infoOf(name, queued - named))
  }

  #infoOf(name: string, ofLocal: number): QueueInfo {
    const config = this.#configOf(name)
    const queue = this.#byName.get(name)
    const { running = 0, starting = 0, used = 0 } = queue ?? {}
    const ahead = this.#aheadOf(name) > 0 || isOfJobs(config) ? starting : 0
    return {
      name,
      ...(config && { kind: config.kind }),
      ...this.#slotsInfo(name, config),
      used: Math.min(used, Math.max(this.slotsOf(name), used - this.#aheadOf(name))),
      running: running - ahead,
      queued: name === LOCAL_QUEUE ? ofLocal : (queue?.queued ?? 0) + ahead,
      ...(queue?.isPaused && { paused: true }),
      ...(isElsewhere(config) && remoteInfo(queue?.remote)),
    }
  }

  #slotsInfo(name: string, config: QueueConfig | undefined): Pick<QueueInfo, 'slots'> {
    const slots = config ? this.slotsOf(name) : Number.POSITIVE_INFINITY
    const isKnown = Number.isFinite(slots) && (!isElsewhere(config) || slots > 0)
    return isKnown ? { slots } : {}
  }
}
