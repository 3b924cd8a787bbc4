// All queued jobs, wherever they wait. Entries are hints; the store says what is still queued.
import type { WaitReason } from '../../api'
import { inputHandlerOf } from '../../core/jobs/job'
import type { Limit } from '../jobs/limit'
import { ParkedJobs, type Parking } from '../jobs/parkedJobs'
import { type QueueEntry, startsBefore, type Turn } from '../jobs/priorityQueue'
import type { QueuePlace, WaitCause } from '../jobs/queuePlace'
import type { JobRecord } from '../store/records'
import type { Holds } from './holds'
import { LackingSecrets, RetryDelays, type SecretValues, SlotQueue } from './places'
import { type InputRequest, StdinInputs } from './stdinInputs'

/** The handlers for inputs that windows have registered. */
export interface InputHandlers {
  readonly offeredInputs: Iterable<string>
  isInputOffered(handler: string): boolean
}

export interface JobQueueParts {
  readonly limits: readonly Pick<Limit, 'groupOf' | 'parked'>[]
  /** `join` gives the key of the pool whose workers serve the job, 0 when it gets a process of its own. */
  readonly pools: { readonly parked: ParkedJobs; join(job: JobRecord): number }
  /** Whether the job takes no slots of this machine. */
  isElsewhere(job: JobRecord): boolean
  readonly secrets: SecretValues
  readonly holds: Holds
  readonly handlers: InputHandlers
  /** A job waits for a handler that no window offers. */
  onHandlerWanted(handler: string): void
  /** Jobs have come that may start. */
  onReady(): void
}

export class JobQueue implements WaitCause {
  readonly #ready = new SlotQueue()
  /** Those that take no slots of this machine, so that they need not wait for any. */
  readonly #elsewhere = new SlotQueue()
  /** Jobs whose stdin is a function: their windows are asked when their turn is near. */
  readonly #toRequest = new SlotQueue()
  /** Jobs whose stdin a named handler makes, by handler: they are requested in the same order, if a window offers it. */
  readonly #ofHandlers: ParkedJobs<string>
  /** Jobs whose inputs are not asked for yet, since enough of their group are parked with theirs, which keep the service. */
  readonly #unasked = new ParkedJobs<string>(
    () => undefined,
    () => 'never',
  )
  readonly #inputs = new StdinInputs()
  readonly #parked: readonly ParkedJobs[]
  readonly #lackingSecrets: LackingSecrets
  readonly #retries = new RetryDelays()
  readonly #places: readonly QueuePlace[]
  /** The first that holds a job up is shown as the reason. */
  readonly #causes: readonly WaitCause[]
  readonly #limits: JobQueueParts['limits']
  readonly #pools: JobQueueParts['pools']
  /** Of the entry that was made last: those of a batch share them. */
  #groups: readonly number[] = []
  readonly #isElsewhere: JobQueueParts['isElsewhere']
  readonly #handlers: InputHandlers
  readonly #onHandlerWanted: (handler: string) => void
  readonly #onReady: () => void

  constructor(parts: JobQueueParts) {
    const { limits, pools, secrets, holds, handlers, onHandlerWanted, onReady } = parts
    this.#isElsewhere = parts.isElsewhere
    this.#limits = limits
    this.#pools = pools
    this.#handlers = handlers
    this.#onHandlerWanted = onHandlerWanted
    this.#onReady = onReady
    this.#lackingSecrets = new LackingSecrets(secrets)
    this.#ofHandlers = new ParkedJobs(
      ({ spec }) => this.#reasonOfHandler(inputHandlerOf(spec.stdin)?.id),
      () => 'never',
    )
    this.#parked = [...limits, pools].map(({ parked }) => parked)
    const first = [this.#retries, this.#inputs]
    const last = [...this.#parked, this.#unasked, this.#toRequest, this.#elsewhere, this.#ready]
    const needingWindows = [this.#lackingSecrets, this.#ofHandlers]
    this.#places = [...first, ...needingWindows, ...last]
    this.#causes = [...first, holds.ofService, ...needingWindows, holds.ofPause, ...last]
  }

  /** Adds a queued job; the scheduler starts it when it may. */
  add(job: JobRecord): void {
    const { stdin } = job.spec
    const entry = this.#entryOf(job)
    const handler = inputHandlerOf(stdin)
    if (handler) this.#waitForHandler(handler.id, entry)
    else if (stdin && 'ask' in stdin) this.#toRequest.add(entry)
    else this.#addReady(entry)
  }

  #addReady(entry: QueueEntry): void {
    if (entry.elsewhere) this.#elsewhere.add(entry)
    else this.#ready.add(entry)
  }

  #waitForHandler(handler: string, entry: QueueEntry): void {
    const isNews = this.#ofHandlers.sizeOf(handler) === 0
    this.#ofHandlers.add(handler, entry)
    if (isNews && !this.#handlers.isInputOffered(handler)) this.#onHandlerWanted(handler)
  }

  #reasonOfHandler(handler: string | undefined): WaitReason | undefined {
    return handler === undefined || this.#handlers.isInputOffered(handler) ? undefined : 'handler'
  }

  /** Lets a job try again after a pause. */
  addLater(job: JobRecord, delayMs: number): void {
    this.#retries.add(job, delayMs, again => {
      this.add(again)
      this.#onReady()
    })
  }

  /** The entry that starts next, on this machine or elsewhere. */
  first(where: 'here' | 'elsewhere' = 'here'): QueueEntry | undefined {
    return (where === 'here' ? this.#ready : this.#elsewhere).first
  }

  /** Removes the entry that starts next where this one is to start: it starts now, or waits in another place. */
  shift({ elsewhere }: QueueEntry): void {
    if (elsewhere) this.#elsewhere.shift()
    else this.#ready.shift()
  }

  /** Where these jobs run has changed: those that wait for nothing else are entered anew. */
  enterAnew(seqs: readonly number[], jobOf: (seq: number) => JobRecord | undefined): void {
    const places = [...this.#parked, this.#elsewhere, this.#ready]
    for (const seq of seqs) {
      const job = places.some(place => place.has(seq)) ? jobOf(seq) : undefined
      if (job?.state !== 'queued') continue
      this.remove(seq)
      this.#addReady(this.#entryOf(job))
    }
  }

  /** Its input does not count as held any more. */
  releaseInput(seq: number): void {
    this.#inputs.release(seq)
  }

  /** An entry that was parked may start again. */
  unpark(entry: QueueEntry): void {
    this.#inputs.unpark(entry)
    this.#addReady(entry)
  }

  waitForSecret(entry: QueueEntry): void {
    this.#lackingSecrets.add(entry)
  }

  /**
   * Removes the next entry whose input has to be requested.
   * @param maxOpen how many inputs may be on their way or held before it
   */
  shiftToRequest(maxOpen: number): QueueEntry | undefined {
    let { first } = this.#toRequest
    let shift = () => this.#toRequest.shift()
    for (const handler of this.#ofHandlers.size > 0 ? this.#handlers.offeredInputs : []) {
      const other = this.#ofHandlers.firstOf(handler)
      if (!other || (first && !startsBefore(other, first))) continue
      first = other
      shift = () => this.#ofHandlers.shift(handler)
    }
    return first && this.#inputs.heldBefore(first) < maxOpen ? shift() : undefined
  }

  /** Its turn has come, and its group takes no more; an input that it has does not keep others from being asked. */
  park(parking: Parking, entry: QueueEntry): void {
    this.#inputs.park(entry, this.#keyOf(parking))
    parking.parked.add(parking.group, entry)
  }

  /** Of a group of jobs that are parked; those of limits and of pools have the same numbers. */
  #keyOf({ parked, group }: Parking): string {
    return `${this.#parked.indexOf(parked)}/${group}`
  }

  /**
   * @param most how many of a group that start before it may be parked with their inputs
   * @returns whether it waits beside these, and its input is asked for later
   */
  waitsUnasked(parking: Parking, entry: QueueEntry, most: number): boolean {
    const key = this.#keyOf(parking)
    const waits = this.#inputs.heldBefore(entry, key) >= most
    if (waits) this.#unasked.add(key, entry)
    return waits
  }

  /** Removes jobs that have waited so, and may be asked for their inputs. */
  *takeUnasked(most: number): Generator<number> {
    for (const key of this.#unasked.groups) {
      let taken = 0
      for (let entry = this.#unasked.firstOf(key); entry; entry = this.#unasked.firstOf(key)) {
        const before = this.#inputs.heldBefore(entry) + this.#inputs.heldBefore(entry, key)
        if (before + taken++ >= most) break
        this.#unasked.shift(key)
        yield entry.seq
      }
    }
  }

  waitForInput(entry: QueueEntry, request: InputRequest, onTimeout: () => void): void {
    this.#inputs.add(entry, request, onTimeout)
  }

  /** Jobs whose inputs have been requested from windows that have not answered. */
  get inputRequests(): Iterable<[seq: number, request: InputRequest]> {
    return this.#inputs.requested
  }

  inputRequestOf(seq: number): InputRequest | undefined {
    return this.#inputs.requestOf(seq)
  }

  /** The window does not call the handler for it: another one may. */
  requestAgain(seq: number): void {
    const handler = this.#inputs.requestOf(seq)?.handler
    const entry = handler === undefined ? undefined : this.#inputs.take(seq)
    if (entry) this.#waitForHandler(handler as string, entry)
  }

  /** The handlers for which jobs wait, and how many these are. */
  get wantedHandlers(): Iterable<string> {
    return this.#ofHandlers.groups
  }

  get waitingForHandlers(): number {
    return this.#ofHandlers.size
  }

  /** The first job that waits for the handler. */
  firstOfHandler(handler: string): number | undefined {
    return this.#ofHandlers.firstOf(handler)?.seq
  }

  /** The input of a job is in the store; `false` when it was not requested. */
  inputReceived(seq: number): boolean {
    const entry = this.#inputs.receive(seq)
    if (entry) this.#addReady(entry)
    return entry !== undefined
  }

  /** Secrets have come: jobs that lacked them are tried again. */
  secretsReceived(): void {
    for (const entry of this.#lackingSecrets.removeAll()) this.#addReady(entry)
    this.#onReady()
  }

  /** A queued job has ended: nothing waits for it any more. */
  remove(seq: number): void {
    for (const place of this.#places) place.remove(seq)
  }

  /** Its turn changes, wherever it waits. */
  setPriority(seq: number, priority: number): void {
    for (const place of this.#places) place.setPriority(seq, priority)
  }

  /** Of all queued jobs that take their turn by priority and age. */
  *#turns(): Generator<Turn> {
    for (const { turns } of this.#places) yield* turns
  }

  /** Of those that wait; 0 when none does. */
  get highestPriority(): number {
    let highest: number | undefined
    for (const { priority } of this.#turns()) highest = Math.max(priority, highest ?? priority)
    return highest ?? 0
  }

  /** Which one it is of those that wait, from 1; `undefined` for one that does not wait, or for a time of its own. */
  turnOf({ seq, spec: { priority = 0 } }: JobRecord): { place: number; of: number } | undefined {
    if (!this.#places.some(place => place.has(seq)) || this.#retries.has(seq)) return undefined
    let [before, of] = [0, 0]
    for (const turn of this.#turns()) {
      of++
      if (startsBefore(turn, { seq, priority })) before++
    }
    return { place: before + 1, of }
  }

  /** How many jobs are queued. */
  get size(): number {
    return this.#places.reduce((sum, { size }) => sum + size, 0)
  }

  reasonOf(job: JobRecord): WaitReason | undefined {
    for (const cause of this.#causes) {
      const reason = cause.reasonOf(job)
      if (reason !== undefined) return reason
    }
    return undefined
  }

  /**
   * Whether no job can start without a window.
   * @param isStopped the queue is paused or drained
   */
  isIdle(isStopped: boolean): boolean {
    return this.#places.every(({ size, keepsService }) => size === 0 || mayLeave(keepsService, isStopped))
  }

  #entryOf(job: JobRecord): QueueEntry {
    const { seq, spec } = job
    const isAsBefore = this.#limits.every((limit, i) => limit.groupOf(job) === this.#groups[i])
    if (!isAsBefore) this.#groups = this.#limits.map(limit => limit.groupOf(job))
    return {
      seq,
      priority: spec.priority ?? 0,
      cores: spec.cores ?? 1,
      groups: this.#groups,
      elsewhere: this.#isElsewhere(job),
      pool: this.#pools.join(job),
    }
  }
}

function mayLeave(keepsService: QueuePlace['keepsService'], isStopped: boolean): boolean {
  return keepsService === 'never' || (keepsService === 'unlessStopped' && isStopped)
}
