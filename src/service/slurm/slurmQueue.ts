// A queue on a Slurm cluster: takes allocations while jobs wait, gives each job to one that has slots and time for it, and gives
// back what is idle. What an earlier job service left is found by its name.
import { ALLOCATION_DEFAULTS, type PlaceQueueConfig, type SlurmQueueConfig } from '../../core/jobs/queueConfig'
import type { Run, RunEvents, RunSpec } from '../../run/base/runTypes'
import { reasonOf } from '../../run/base/startError'
import type { RemoteState } from '../jobs/queues'
import { LaunchError } from '../launch/remoteShell'
import type { KnownJob, RemoteHost } from '../remote/remoteHost'
import { RunProxy } from '../runners/runProxy'
import type { WorkerProxy, WorkerProxyEvents } from '../runners/workerProxy'
import { Allocation, type AllocationHost } from './allocation'
import {
  type AllocationState,
  hopelessReason,
  isPending,
  isRunning,
  readStates,
  sbatchWords,
  scancelWords,
  squeueWords,
} from './slurmCommands'
import { runSlurm, wordsThere } from './slurmShell'

/** Between two questions to Slurm, for all allocations at once: soon after a change, seldom when nothing happens. */
const FIRST_LOOK_MS = 2000
const LONGEST_LOOK_MS = 60_000
const LOOK_FACTOR = 1.5
/** Before an allocation is asked for again, after that was refused or one has ended at once; doubled up to the longest. */
const FIRST_PAUSE_MS = 2000
const LONGEST_PAUSE_MS = 60_000
/** An allocation with less time left takes no more jobs, unless it had hardly more from the beginning. */
const LEAST_LEFT_MS = 30_000
/** From a goodbye until its job in Slurm is cancelled. */
const GOODBYE_MS = 10_000
const MINUTE_MS = 60_000

type FromRemote = 'name' | 'key' | 'keepSeconds' | 'isPaused' | 'program' | 'onState' | 'isStored' | 'isWanted'

export interface SlurmQueueHost extends Pick<RemoteHost, FromRemote> {
  readonly config: SlurmQueueConfig
  /** Where Slurm is, when not here. @throws Error when there is no such queue */
  via(): PlaceQueueConfig | undefined
  /** How many of its jobs wait. */
  queued(): number
  /** @param isSame whether all was found that the earlier service had; `undefined` while more may be found */
  onKnownJobs(jobs: readonly KnownJob[], isSame: boolean | undefined): void
  /** Ids of allocations, and a `?` while one is asked for: survives the job service. */
  readonly lastAllocations: string | undefined
  setLastAllocations(ids: string): void
}

export class SlurmQueue {
  readonly #host: SlurmQueueHost
  readonly #allocations = new Set<Allocation>()
  /** Those of an earlier service that have not said what they have. */
  #expected: Set<string> | undefined
  /** Whether all of those were found. */
  #isSame = true
  #isServing = false
  #isLooking = false
  #isClosed = false
  #isRetiring = false
  #lookMs = FIRST_LOOK_MS
  #look: NodeJS.Timeout | undefined
  #pauseMs = FIRST_PAUSE_MS
  #nextTryAt: number | undefined
  #retry: NodeJS.Timeout | undefined
  #problem: string | undefined
  #problemSince: number | undefined
  #idle: NodeJS.Timeout | undefined
  #shown = ''

  constructor(host: SlurmQueueHost) {
    this.#host = host
    const { lastAllocations = '' } = host
    if (lastAllocations === '') this.#isSame = true
    else this.#expected = new Set(lastAllocations.split(' '))
    if (this.#expected) this.#lookIn(0)
  }

  get keepSeconds(): number {
    return this.#host.keepSeconds
  }

  get #name(): string {
    return `headless-jobs-${this.#host.key}`
  }

  get #max(): number {
    return this.#host.config.allocations?.max ?? ALLOCATION_DEFAULTS.max
  }

  get #minutes(): number {
    return this.#host.config.allocations?.minutes ?? ALLOCATION_DEFAULTS.minutes
  }

  /** Those that take jobs, or will. */
  get #open(): Allocation[] {
    return [...this.#allocations].filter(({ isRetiring }) => !isRetiring)
  }

  /** Jobs wait for it. */
  want(): void {
    if (this.#isServing || this.#isClosed) return
    this.#isServing = true
    setImmediate(() => {
      this.#isServing = false
      void this.#serve()
    })
  }

  /** At once, whatever the pause. */
  tryNow(): void {
    clearTimeout(this.#retry)
    this.#retry = undefined
    this.#nextTryAt = undefined
    this.#pauseMs = FIRST_PAUSE_MS
    this.#problem = undefined
    this.#show()
    for (const { runner, problem } of this.#open) if (problem) runner.tryNow()
    this.#lookSoon()
    this.want()
  }

  async copyNode(): Promise<void> {
    throw new Error(`Node.js is not copied to the nodes of the queue “${this.#host.name}”: name one in "node".`)
  }

  configured(): void {
    for (const { runner } of this.#allocations) runner.configured()
    this.#show()
    this.want()
  }

  /** Asks for as many allocations as the jobs that wait need. */
  async #serve(): Promise<void> {
    if (this.#expected || this.#retry || this.#isClosed || this.#isRetiring || !this.#host.isWanted()) return
    const open = this.#open
    const each = this.#slotsOfEach(open)
    const free = open.reduce((sum, { isPending, free }) => sum + (isPending ? each : Math.max(0, free)), 0)
    const lacking = Math.ceil((this.#host.queued() - free) / each)
    for (let i = 0; i < Math.min(lacking, this.#max - open.length); i++) void this.#request()
  }

  #slotsOfEach(open: readonly Allocation[]): number {
    const { slots } = this.#host.config
    return typeof slots === 'number' ? slots : Math.max(1, ...open.map(allocation => allocation.slots))
  }

  async #request(): Promise<Allocation> {
    const { config, key, keepSeconds, program, via } = this.#host
    const allocation = new Allocation(this.#hostOf())
    this.#allocations.add(allocation)
    this.#remember()
    try {
      const { loginShell, node, setup } = config
      const script = program().heldScript({ seconds: keepSeconds, key, loginShell, node, setup })
      const printed = await runSlurm(sbatchWords(this.#name, config), via(), script)
      const [id = ''] = printed.trim().split(';')
      if (!/^\d+$/.test(id)) throw new LaunchError(`sbatch printed no number of a job, but “${printed.trim()}”.`)
      allocation.id = id
      this.#remember()
      if (this.#isClosed) this.#cancel([id])
      else this.#lookSoon()
    } catch (error) {
      this.#remove(allocation, 'There is no allocation')
      this.#failed(error instanceof LaunchError ? error.message : `${reasonOf(error)}.`)
    }
    return allocation
  }

  #hostOf(): AllocationHost {
    const host = this.#host
    return {
      name: host.name,
      key: host.key,
      keepSeconds: host.keepSeconds,
      get config() {
        return host.config
      },
      get isPaused() {
        return host.isPaused
      },
      program: host.program,
      isStored: host.isStored,
      wordsThere: words => wordsThere(words, host.via()),
      onKnownJobs: (allocation, jobs) => this.#onKnownJobs(allocation, jobs),
      onChange: () => this.#onChange(),
    }
  }

  /** No allocation can be had: tried again after a pause. */
  #failed(problem: string): void {
    if (this.#isClosed || this.#retry) return
    console.error(`The queue “${this.#host.name}” gets no allocation: ${problem}`)
    this.#problem = problem
    const pauseMs = this.#pauseMs * (0.75 + Math.random() / 2)
    this.#pauseMs = Math.min(LONGEST_PAUSE_MS, this.#pauseMs * 2)
    this.#nextTryAt = Math.round(Date.now() + pauseMs)
    this.#retry = setTimeout(() => {
      this.#retry = undefined
      this.#nextTryAt = undefined
      this.#show()
      this.want()
    }, pauseMs)
    this.#show()
  }

  #lookSoon(): void {
    this.#lookMs = FIRST_LOOK_MS
    if (!this.#isLooking) this.#lookIn(FIRST_LOOK_MS)
  }

  #lookIn(ms: number): void {
    clearTimeout(this.#look)
    this.#look = setTimeout(() => void this.#lookAtAll(), ms)
  }

  async #lookAtAll(): Promise<void> {
    if (this.#isClosed || this.#isLooking) return
    this.#isLooking = true
    try {
      const states = readStates(await runSlurm(squeueWords(this.#name), this.#host.via()))
      this.#onStates(new Map(states.map(state => [state.id, state])))
    } catch (error) {
      // a controller that is away changes nothing
      const why = error instanceof LaunchError ? error.message : `${reasonOf(error)}.`
      if (this.#open.every(({ slots }) => slots === 0)) this.#failed(why)
    }
    this.#isLooking = false
    if (this.#allocations.size > 0 || this.#expected) this.#lookIn(this.#lookMs)
    this.#lookMs = Math.min(LONGEST_LOOK_MS, this.#lookMs * LOOK_FACTOR)
  }

  #onStates(states: ReadonlyMap<string, AllocationState>): void {
    for (const allocation of this.#allocations) {
      const { id } = allocation
      if (id === undefined) continue
      const state = states.get(id)
      if (state && (isPending(state) || isRunning(state))) allocation.state = state
      else this.#onEnd(allocation, state)
    }
    this.#adopt(states)
    const hopeless = this.#open.map(({ state }) => state && isPending(state) && hopelessReason(state)).find(Boolean)
    if (hopeless) this.#problem = hopeless
    this.#onChange()
  }

  /** What an earlier service has left. */
  #adopt(states: ReadonlyMap<string, AllocationState>): void {
    if (!this.#expected) return
    const known = new Set([...this.#allocations].map(({ id }) => id))
    for (const state of states.values()) {
      if (known.has(state.id) || !(isPending(state) || isRunning(state))) continue
      const allocation = new Allocation(this.#hostOf(), state.id)
      this.#allocations.add(allocation)
      allocation.state = state
      this.#expected.add(state.id)
    }
    const left = new Set([...this.#allocations].map(({ id }) => id))
    for (const id of this.#expected) {
      if (left.has(id)) continue
      this.#expected.delete(id)
      if (id !== '?') this.#isSame = false
    }
    for (const { id, isPending } of this.#allocations) if (id !== undefined && isPending) this.#expected.delete(id)
    this.#remember()
    this.#settleExpected()
  }

  #onKnownJobs({ id }: Allocation, jobs: readonly KnownJob[]): void {
    this.#host.onKnownJobs(jobs, undefined)
    if (id !== undefined) this.#expected?.delete(id)
    this.#settleExpected()
  }

  #settleExpected(): void {
    if (this.#expected?.size !== 0) return
    this.#expected = undefined
    this.#host.onKnownJobs([], this.#isSame)
    this.want()
  }

  /** @param state absent when Slurm does not know it any more */
  #onEnd(allocation: Allocation, state: AllocationState | undefined): void {
    const { hasServed, id, isRetiring } = allocation
    const what = state
      ? `${state.state}${state.reason === 'None' ? '' : `, ${state.reason}`}`
      : 'it is not known any more'
    if (id !== undefined && this.#expected?.delete(id)) this.#isSame = false
    this.#remove(allocation, `The allocation ${id} has ended (${what})`)
    if (hasServed || isRetiring) this.#settleExpected()
    else
      this.#failed(
        `The allocation ${id} ended before it took a job (${what}). Is there a Node.js on its node? Name one in "node" of the queue, or load it in "setup".`,
      )
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
    if (ids.length === 0) return
    runSlurm(scancelWords(ids), this.#host.via()).catch(error => console.error(`${reasonOf(error)}`))
  }

  #onChange(): void {
    if (this.#isClosed) return
    this.#giveBack()
    this.#show()
    for (const { isRunning, problem } of this.#allocations) if (isRunning && problem) this.#lookSoon()
    if (this.#host.queued() > 0) this.want()
  }

  /** What is idle, and what has hardly any time left. */
  #giveBack(): void {
    const { config, queued } = this.#host
    const idleMs = (config.allocations?.idleSeconds ?? ALLOCATION_DEFAULTS.idleSeconds) * 1000
    const leastMs = Math.min(LEAST_LEFT_MS, (this.#minutes * MINUTE_MS) / 4)
    const isOver = ({ idleSince, used }: Allocation) => used === 0 && Date.now() - idleSince >= idleMs
    for (const allocation of this.#open) {
      const { id, isPending, slots, used } = allocation
      if (isPending && id !== undefined && used === 0 && queued() === 0) this.#retire(allocation)
      if (slots === 0) continue
      if (!allocation.hasTimeFor(leastMs) || (isOver(allocation) && queued() === 0)) this.#retire(allocation)
    }
    clearTimeout(this.#idle)
    const idle = this.#open.filter(({ slots, used }) => slots > 0 && used === 0)
    if (idle.length === 0 || queued() > 0) return
    const dueAt = Math.min(...idle.map(({ idleSince }) => idleSince + idleMs))
    this.#idle = setTimeout(() => this.#onChange(), Math.max(0, dueAt - Date.now()) + 1)
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
    this.#lookSoon()
  }

  /** What is known of it now, when that has changed. */
  #show(): void {
    const present = this.#open.filter(({ slots }) => slots > 0)
    const cores = present.reduce((sum, { slots }) => sum + slots, 0)
    const host = [...new Set(present.map(({ host }) => host))].join(', ')
    const problem = this.#problem ?? this.#open.map(({ problem }) => problem?.problem).find(Boolean)
    if (cores > 0) {
      this.#problem = undefined
      this.#pauseMs = FIRST_PAUSE_MS
    }
    this.#problemSince = cores === 0 && problem !== undefined ? (this.#problemSince ?? Date.now()) : undefined
    const state: RemoteState = {
      ...(cores > 0 && { cores, host }),
      ...(this.#problemSince !== undefined && problem !== undefined && { problem, since: this.#problemSince }),
      ...(cores === 0 && this.#nextTryAt !== undefined && { nextTryAt: this.#nextTryAt }),
    }
    const shown = JSON.stringify(state)
    if (shown === this.#shown) return
    this.#shown = shown
    this.#host.onState(state)
  }

  start(spec: RunSpec, events: RunEvents): Run {
    const needed = spec.timeoutMs ?? 0
    const allocation = this.#allocationFor(spec.cores, needed)
    if (allocation) return allocation.start(spec, events)
    const run = new RunProxy(spec, events)
    if (needed >= this.#minutes * MINUTE_MS) run.refuse({ kind: 'start', message: this.#tooLong(needed) })
    else {
      for (const short of this.#open) if (short.slots > 0 && !short.hasTimeFor(needed)) this.#retire(short)
      run.return()
      this.#onChange()
    }
    return run
  }

  #tooLong(ms: number): string {
    const minutes = this.#minutes
    return `Its "timeoutSeconds" is ${ms / 1000}, but an allocation of the queue “${this.#host.name}” has ${minutes} minutes: set a larger "allocations.minutes".`
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
    let allocation = this.#allocationFor(spec.cores) ?? this.#open[0]
    if (!allocation) {
      void this.#request()
      allocation = this.#open[0] ?? new Allocation(this.#hostOf())
    }
    return allocation.startWorker('startRequestWorker', spec, events)
  }

  /** Takes no more jobs, and ends when those that it has have ended. */
  retire(): void {
    this.#isRetiring = true
    for (const allocation of this.#open) this.#retire(allocation)
  }

  /** All is given back. */
  close(): void {
    this.#isClosed = true
    for (const timer of [this.#look, this.#retry, this.#idle]) clearTimeout(timer)
    for (const { runner } of this.#allocations) runner.close()
    this.#cancel([...this.#allocations].flatMap(({ id, isPending }) => (id !== undefined && isPending ? [id] : [])))
  }
}
