// A queue on a Slurm cluster: takes allocations while jobs wait, gives each job to one that has slots and time for it, and gives
// back what is idle. What an earlier job service left is found by its name.
import { ALLOCATION_DEFAULTS } from '../../core/jobs/queueConfig'
import type { Run, RunEvents, RunSpec } from '../../run/base/runTypes'
import { reasonOf } from '../../run/base/startError'
import type { KnownJob } from '../remote/remoteHost'
import { RunProxy } from '../runners/runProxy'
import type { WorkerProxy, WorkerProxyEvents } from '../runners/workerProxy'
import { Allocation, type AllocationHost } from './allocation'
import { countLacking, requestAllocation } from './allocationRequest'
import { EarlierAllocations } from './earlierAllocations'
import { sortOut } from './giveBack'
import { RequestPause } from './requestPause'
import {
  type AllocationState,
  asSentence,
  hasEnded,
  hopelessReason,
  isPending,
  scancelPendingWords,
  scancelWords,
} from './slurmCommands'
import type { SlurmQueueHost } from './slurmQueueHost'
import { runSlurm } from './slurmShell'
import { deadText, earlyEndText, endText, stateOf, tooLongText } from './slurmState'
import { askStates, SlurmWatch } from './slurmWatch'

/** From a goodbye until its job in Slurm is cancelled. */
const GOODBYE_MS = 10_000
const MINUTE_MS = 60_000
/** From the begin of an allocation until it takes jobs, mostly less. */
const START_MS = 30_000

export class SlurmQueue {
  readonly #host: SlurmQueueHost
  readonly #allocations = new Set<Allocation>()
  readonly #earlier: EarlierAllocations
  readonly #watch: SlurmWatch
  readonly #pause = new RequestPause()
  #isServing = false
  #isClosed = false
  #isRetiring = false
  #idle: NodeJS.Timeout | undefined
  #shown = ''

  constructor(host: SlurmQueueHost) {
    this.#host = host
    this.#earlier = new EarlierAllocations(host.lastAllocations ?? '', isSame => {
      host.onKnownJobs([], isSame)
      this.want()
    })
    this.#watch = new SlurmWatch({
      isNeeded: () => this.#allocations.size > 0 || this.#earlier.isExpecting,
      look: async askedAt => this.#onStates(await askStates(this.#name, host.via()), askedAt),
      onSilence: why => this.#open.every(({ slots }) => slots === 0) && this.#failed(why),
    })
    if (this.#earlier.isExpecting) this.#watch.lookSoon(0)
  }

  get keepSeconds(): number {
    return this.#host.keepSeconds
  }

  get #name(): string {
    return `headless-jobs-${this.#host.key}`
  }

  get #allowed(): { max: number; minutes: number } {
    return { ...ALLOCATION_DEFAULTS, ...this.#host.config.allocations }
  }

  /** Those that take jobs, or will. */
  get #open(): Allocation[] {
    return [...this.#allocations].filter(({ isRetiring }) => !isRetiring)
  }

  /** Jobs wait for it, or may do so; once for all that comes in one turn. */
  want(): void {
    if (this.#isServing || this.#isClosed) return
    this.#isServing = true
    setImmediate(() => {
      this.#isServing = false
      if (this.#isClosed) return
      this.#giveBack()
      this.#show()
      this.#serve()
    })
  }

  /** At once, whatever the pause. */
  tryNow(): void {
    this.#pause.reset()
    this.#show()
    for (const { runner, problem } of this.#open) if (problem) runner.tryNow()
    this.#watch.lookSoon()
    this.want()
  }

  async copyNode(): Promise<void> {
    throw new Error(`Node.js is not copied to the nodes of the queue “${this.#host.name}”: name one in "node".`)
  }

  configured(): void {
    for (const { runner } of this.#allocations) runner.configured()
    this.want()
  }

  /** Asks for as many allocations as the jobs that wait need. */
  #serve(): void {
    if (this.#earlier.isExpecting || this.#pause.isPausing || this.#isRetiring) return
    if (!this.#host.isWanted()) return
    const open = this.#open
    const lacking = countLacking(open, this.#host.queued(), this.#host.config)
    for (let i = 0; i < Math.min(lacking, this.#allowed.max - open.length); i++) this.#request()
  }

  #request(): Allocation {
    const allocation = this.#add()
    void this.#ask(allocation)
    return allocation
  }

  async #ask(allocation: Allocation): Promise<void> {
    try {
      const id = await requestAllocation(this.#name, this.#host)
      allocation.id = id
      this.#remember()
      if (this.#isClosed || allocation.isRetiring) this.#cancel([id])
      else this.#watch.lookSoon()
    } catch (error) {
      this.#remove(allocation, 'There is no allocation')
      this.#failed(reasonOf(error))
    }
  }

  #add(id?: string): Allocation {
    const allocation = new Allocation(this.#hostOf(), id)
    this.#allocations.add(allocation)
    this.#remember()
    return allocation
  }

  #hostOf(): AllocationHost {
    return {
      queue: this.#host,
      onKnownJobs: (allocation, jobs) => this.#onKnownJobs(allocation, jobs),
      onServed: () => this.#pause.settle(),
      onChange: () => this.#onChange(),
    }
  }

  /** No allocation can be had: tried again after a pause. */
  #failed(why: string): void {
    if (this.#isClosed) return
    const problem = asSentence(why)
    console.error(`The queue “${this.#host.name}” gets no allocation: ${problem}`)
    this.#pause.begin(problem, () => {
      this.#show()
      this.want()
    })
    this.#show()
  }

  #onStates(states: ReadonlyMap<string, AllocationState>, askedAt: number): void {
    if (this.#isClosed) return
    for (const allocation of this.#allocations) {
      const { id, knownAt, slots } = allocation
      if (id === undefined || knownAt > askedAt) continue
      const state = states.get(id)
      if (state && !hasEnded(state)) allocation.onState(state)
      else if (state || slots === 0) this.#onEnd(allocation, state)
    }
    this.#onUnknown(states)
    const waiting = this.#open.flatMap(({ state }) => (state && isPending(state) ? [state] : []))
    this.#pause.note(waiting.map(hopelessReason).find(reason => reason !== undefined))
    this.#onChange()
  }

  /** An earlier service has left them; or Slurm took a request of which no answer came, and nobody will use them. */
  #onUnknown(states: ReadonlyMap<string, AllocationState>): void {
    const known = new Set([...this.#allocations].map(({ id }) => id))
    const unknown = [...states.values()].filter(state => !hasEnded(state) && !known.has(state.id))
    if (this.#earlier.isExpecting) this.#adopt(unknown)
    else if (!known.has(undefined)) this.#cancel(unknown.map(({ id }) => id))
  }

  #adopt(states: readonly AllocationState[]): void {
    for (const state of states) this.#add(state.id).onState(state)
    this.#remember()
    this.#earlier.found(new Map([...this.#allocations].map(({ id = '', isPending }) => [id, !isPending])))
  }

  #onKnownJobs({ id = '' }: Allocation, jobs: readonly KnownJob[]): void {
    this.#host.onKnownJobs(jobs, undefined)
    this.#earlier.hasSaid(id)
  }

  /** @param state absent when Slurm does not know it any more */
  #onEnd(allocation: Allocation, state: AllocationState | undefined): void {
    const { hasServed, id = '', isRetiring } = allocation
    this.#remove(allocation, endText(id, state))
    this.#earlier.hasEnded(id)
    if (!hasServed && !isRetiring) this.#failed(earlyEndText(id, state))
    this.want()
  }

  #remove(allocation: Allocation, why: string): void {
    this.#allocations.delete(allocation)
    allocation.lose(why)
    this.#remember()
    this.#onChange()
  }

  #remember(): void {
    this.#host.setLastAllocations([...this.#allocations].map(({ id = '?' }) => id).join(' '))
  }

  #cancel(ids: readonly string[]): void {
    if (ids.length > 0) void this.#run(scancelWords(ids))
  }

  /** What fails is seen with the next states. */
  async #run(words: readonly string[]): Promise<void> {
    try {
      await runSlurm(words, this.#host.via())
    } catch (error) {
      console.error(reasonOf(error))
    }
  }

  #onChange(): void {
    if (this.#isClosed) return
    this.#giveBack()
    this.#show()
    for (const { isRunning, problem } of this.#allocations) if (isRunning && problem) this.#watch.lookSoon()
    if (this.#host.queued() > 0) this.want()
  }

  #giveBack(): void {
    const { config, queued } = this.#host
    const { dead, leaving, nextAt } = sortOut(this.#open, config, queued() > 0)
    for (const allocation of dead) this.#failed(`${deadText(allocation)} and is given back.`)
    for (const allocation of [...dead, ...leaving]) this.#retire(allocation)
    clearTimeout(this.#idle)
    if (nextAt !== undefined) this.#idle = setTimeout(() => this.#onChange(), Math.max(0, nextAt - Date.now()) + 1)
  }

  #retire(allocation: Allocation): void {
    allocation.isRetiring = true
    const { id } = allocation
    if (id === undefined) return
    if (allocation.isPending) {
      this.#cancel([id])
      return
    }
    allocation.runner.retire()
    const end = () => {
      if (!this.#allocations.has(allocation)) return
      if (allocation.used === 0) this.#cancel([id])
      else setTimeout(end, GOODBYE_MS).unref()
    }
    setTimeout(end, GOODBYE_MS).unref()
    this.#watch.lookSoon()
  }

  /** With what runs in it. @throws Error with a sentence when there is none, or Slurm does not end it */
  async endAllocation(id: string): Promise<void> {
    const allocation = [...this.#allocations].find(known => known.id === id)
    if (!allocation) throw new Error(`The queue “${this.#host.name}” has no allocation ${id}.`)
    allocation.isRetiring = true
    await runSlurm(scancelWords([id]), this.#host.via())
    this.#watch.lookSoon()
    this.#onChange()
  }

  /** What is known of it now, when that has changed. */
  #show(): void {
    const state = stateOf([...this.#allocations], this.#pause)
    const allocations = () => [...this.#allocations].map(({ info }) => info)
    const shown = JSON.stringify([state, allocations().map(({ used: _, ...info }) => info)])
    if (shown === this.#shown) return
    this.#shown = shown
    this.#host.onState({ ...state, allocations })
  }

  start(spec: RunSpec, events: RunEvents): Run {
    const needed = spec.timeoutMs ?? 0
    const allocation = this.#allocationFor(spec.cores, needed)
    if (allocation) return allocation.start(spec, events)
    const run = new RunProxy(spec, events)
    const short = this.#open.filter(({ slots }) => slots > 0)
    const isTooLong = needed > this.#allowed.minutes * MINUTE_MS - START_MS || short.some(({ isFresh }) => isFresh)
    const message = tooLongText(this.#host.name, needed, this.#allowed.minutes)
    if (needed > 0 && isTooLong) run.refuse({ kind: 'start', message })
    else {
      for (const allocation of short) this.#retire(allocation)
      run.return()
      this.#onChange()
    }
    return run
  }

  /** The fullest that has slots for it, so that others may become idle. */
  #allocationFor(cores: number, ms = 0): Allocation | undefined {
    const able = this.#open.filter(allocation => allocation.slots > 0 && allocation.hasTimeFor(ms))
    const byFree = able.sort((a, b) => a.free - b.free)
    return byFree.find(({ free, slots }) => free >= Math.min(cores, slots)) ?? byFree.at(-1)
  }

  /** For the jobs of a pool. */
  startWorker(spec: RunSpec, events: WorkerProxyEvents): WorkerProxy {
    const allocation = this.#allocationFor(spec.cores) ?? new Allocation(this.#hostOf()) // to which nothing leads: they return
    return allocation.startWorker('startWorker', spec, events)
  }

  /** For the requests of a window: an allocation is taken for it, if need be. */
  startRequestWorker(spec: RunSpec, events: WorkerProxyEvents): WorkerProxy {
    const allocation = this.#allocationFor(spec.cores) ?? this.#open[0] ?? this.#request()
    return allocation.startWorker('startRequestWorker', spec, events)
  }

  readonly mayRevive = true

  /** It is used again. */
  revive(): void {
    this.#isRetiring = false
    this.#shown = ''
    this.want()
  }

  /** Takes no more jobs, and ends when those that it has have ended. */
  retire(): void {
    this.#isRetiring = true
    for (const allocation of this.#open) this.#retire(allocation)
  }

  /** All is given back. */
  close(): void {
    this.#isClosed = true
    this.#watch.close()
    this.#pause.reset()
    clearTimeout(this.#idle)
    for (const { runner } of this.#allocations) runner.close()
    const ids = [...this.#allocations].filter(({ slots, used }) => slots === 0 && used === 0).map(({ id }) => id)
    this.#cancel(ids.filter(id => id !== undefined))
    if (ids.includes(undefined)) void this.#run(scancelPendingWords(this.#name)) // its request is under way
  }
}
