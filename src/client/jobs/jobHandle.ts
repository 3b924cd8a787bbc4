// One job as its submitter holds it: facts that follow the service, and promises that settle.
import type { BatchOptions, Event, Job, JobInfo, JobResult, JobSpec } from '../../api'
import { uuidv7 } from '../../core/base/uuid'
import { type EndedJob, isFinal, type JobFacts } from '../../core/jobs/job'
import { defaultName } from '../../core/jobs/jobName'
import type { BatchHeader, ServiceApi } from '../../core/protocol/protocol'
import { messageProtocol } from '../../core/values/workerMessages'
import { Emitter } from '../connection/emitter'
import { toValue } from '../values/payload'
import { isSameProgress } from '../values/progress'
import { readValue, type ValueFolders } from '../values/values'
import { readResult } from './jobResults'
import { workingFolder } from './workingFolder'

/** Who submits, and how: the extension, and whether the history is the only home of its results. */
export interface Owner {
  id: string
  keep: boolean
}

/** What handles ask of the hub of their window. */
export interface HandleHost {
  readonly client: { readonly service: ServiceApi; readonly folders: ValueFolders }
  readonly defaultCwd: string
  cancel(ids: readonly string[], reason: string | undefined): Promise<void>
  /** Calls a callback of somebody else's: what it throws is logged and changes nothing. */
  call<A>(
    what: string,
    job: { info: JobInfo } | undefined,
    callback: ((argument: A) => unknown) | undefined,
    argument: A,
  ): void
  logCallback(what: string, job: { info: JobInfo } | undefined, error: unknown): void
  log(message: string): void
}

/** What a job knows of its batch. */
export interface BatchOfJob<T> {
  readonly id: string
  readonly header: BatchHeader
  readonly owner: Owner
  readonly options: BatchOptions<T>
  /** One of its ended jobs runs again, as `job` in the same place. */
  again(endedAs: JobResult<T>['state'], job: JobHandle<T>): void
  ended(job: JobHandle<T>, result: JobResult<T>): void
}

/** Where a job comes from: a batch, or its submitter alone. */
export interface JobSource<T> {
  readonly hub: HandleHost
  readonly owner: Owner
  readonly batch?: BatchOfJob<T>
}

/** The spec as it is now; what it refers to (input, variables) is read when it is sent to the job service. */
export function snapshot<T>(spec: JobSpec<T>): JobSpec<T> {
  return Object.assign({}, spec, { command: spec.command.slice() })
}

/** How it ended; where results are not collected, the result itself only as long as somebody else holds it. */
interface Settled<T> {
  readonly state: JobResult<T>['state']
  readonly result: { deref(): JobResult<T> | undefined }
}

/** What a handle has once somebody asks for it or its job moves. */
interface Live<T> {
  info?: JobInfo
  accepted?: PromiseWithResolvers<void>
  result?: PromiseWithResolvers<JobResult<T>>
  settled?: Settled<T>
  emitter?: Emitter<JobInfo>
  value?: Promise<T>
}

/** Small, since a hundred thousand are made in one go; the rest comes when it is first needed. */
export class JobHandle<T> implements Job<T> {
  readonly #source: JobSource<T>
  readonly spec: JobSpec<T>
  /** Its place in the batch, in the order of submission. */
  readonly place: number
  #id: string | undefined
  #acceptance: true | Error | undefined
  #made: Live<T> | undefined

  constructor(source: JobSource<T>, spec: JobSpec<T>, place = 0, id?: string) {
    this.#source = source
    this.spec = spec
    this.place = place
    this.#id = id
  }

  get #live(): Live<T> {
    this.#made ??= {}
    return this.#made
  }

  get source(): JobSource<T> {
    return this.#source
  }

  get hub(): HandleHost {
    return this.#source.hub
  }

  get owner(): Owner {
    return this.#source.owner
  }

  get batch(): BatchOfJob<T> | undefined {
    return this.#source.batch
  }

  get id(): string {
    this.#id ??= uuidv7()
    return this.#id
  }

  /** What stdout is turned into: once, however often the service asks. */
  valueOf(ended: EndedJob): Promise<T> {
    this.#live.value ??= this.readValue(ended)
    return this.#live.value
  }

  readValue(ended: EndedJob): Promise<T> {
    const { stdout } = this.spec
    const protocol = messageProtocol(this.spec.protocol)
    if (protocol === undefined) return toValue(ended, stdout)
    return readValue(ended.tail.stdout, protocol, this.hub.client.folders) as Promise<T>
  }

  get info(): JobInfo {
    this.#live.info ??= this.infoWith({
      state: 'queued',
      reason: this.isAccepted ? 'slot' : 'service',
      submittedAt: Date.now(),
      attempts: 0,
      stdoutBytes: 0,
      stderrBytes: 0,
    })
    return this.#live.info
  }

  /** What the service tells, with what the spec says. */
  infoWith(facts: JobFacts): JobInfo {
    const { spec, batch } = this
    return {
      id: this.id,
      name: spec.name ?? defaultName(spec),
      ...(batch && { batchId: batch.id }),
      owner: this.owner.id,
      queue: spec.queue ?? 'local',
      priority: spec.priority ?? 0,
      cores: spec.cores ?? 1,
      command: spec.wrapper ? [...spec.wrapper, ...spec.command] : spec.command,
      cwd: workingFolder(spec.cwd, this.hub.defaultCwd),
      ...facts,
    }
  }

  get accepted(): Promise<void> {
    if (!this.#live.accepted) {
      this.#live.accepted = Promise.withResolvers()
      this.#live.accepted.promise.catch(() => undefined) // whoever asks for it handles it; nobody must
      if (this.#acceptance) this.accept(this.#acceptance)
    }
    return this.#live.accepted.promise
  }

  get result(): Promise<JobResult<T>> {
    if (!this.#live.result) {
      const { settled } = this.#live
      if (settled) {
        const result = settled.result.deref()
        return result ? Promise.resolve(result) : readResult(this)
      }
      this.#live.result = Promise.withResolvers()
    }
    return this.#live.result.promise
  }

  get onDidChange(): Event<JobInfo> {
    this.#live.emitter ??= new Emitter(error => this.hub.logCallback('onDidChange', this, error))
    return this.#live.emitter.event
  }

  get endedAs(): JobResult<T>['state'] | undefined {
    return this.#made?.settled?.state
  }

  get isAccepted(): boolean {
    return this.#acceptance === true
  }

  /** Whether somebody hears of it when it runs again. */
  get hasCallbacks(): boolean {
    const { stdout, onStdout, onStderr, onProgress, onResult } = this.spec
    return (
      this.batch !== undefined ||
      typeof stdout === 'function' ||
      Boolean(onStdout ?? onStderr ?? onProgress ?? onResult)
    )
  }

  get isSettled(): boolean {
    return this.#made?.settled !== undefined
  }

  async cancel(reason?: string): Promise<void> {
    if (this.isSettled) return
    await this.accepted.catch(() => undefined)
    if (this.isSettled) return
    await this.hub.cancel([this.id], reason)
    await this.result
  }

  /** It is on disk, or was refused. */
  accept(outcome: true | Error): void {
    this.#acceptance = outcome
    const known = this.#made?.info
    if (outcome === true && known?.reason === 'service') this.update({ ...known, reason: 'slot' })
    // the job service has what it reads; a function may be asked again
    if (outcome === true && typeof this.spec.stdin !== 'function') delete this.spec.stdin
    if (outcome === true) this.#made?.accepted?.resolve()
    else this.#made?.accepted?.reject(outcome)
  }

  /** New facts; those of a final state come with `settle`. */
  update(info: JobInfo): void {
    const live = this.#live
    if (live.info && isFinal(live.info.state)) return
    const before = live.info?.progress
    live.info = info
    if (info.progress && !isSameProgress(info.progress, before))
      this.hub.call('onProgress', this, this.spec.onProgress, info.progress)
    live.emitter?.fire(info)
  }

  /** The end. Order: `onResult`, then the promise, then the batch. */
  settle(result: JobResult<T>): void {
    if (this.isSettled) return
    const live = this.#live
    const isKept = this.batch?.options.collect !== false
    live.settled = { state: result.state, result: isKept ? { deref: () => result } : new WeakRef(result) }
    this.hub.call('onResult', this, this.spec.onResult, result)
    if (this.batch) this.hub.call('onResult of the batch', this, this.batch.options.onResult, result)
    live.result?.resolve(result)
    this.batch?.ended(this, result)
    this.#letGo(live)
  }

  /** What it needs no more; with callbacks it may run again. */
  #letGo(live: Live<T>): void {
    delete live.result
    delete live.value
    delete live.emitter
    if (this.hasCallbacks) return
    delete this.spec.stdin
    delete this.spec.env
  }
}
