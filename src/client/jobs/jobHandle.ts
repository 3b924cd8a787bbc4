// One job for its submitter: facts that are updated by the service, and promises that settle.
import type { BatchOptions, Event, Job, JobInfo, JobResult, JobSpec } from '../../api'
import { uuidv7 } from '../../core/base/uuid'
import { type EndedJob, type GivenFacts, isFinal, type JobFacts } from '../../core/jobs/job'
import { defaultName } from '../../core/jobs/jobName'
import { LOCAL_QUEUE } from '../../core/jobs/queueConfig'
import type { BatchHeader } from '../../core/protocol/protocol'
import { messageProtocol } from '../../core/values/workerMessages'
import { Emitter } from '../base/emitter'
import type { ServiceClient } from '../connection/serviceClient'
import { toValue } from '../values/payload'
import { isSameProgress } from '../values/progress'
import { readValue } from '../values/values'
import type { Callbacks } from './callbacks'
import { readResult } from './jobResults'
import { workingFolder } from './workingFolder'

/** Who submits: the extension, and whether its results are only in the history, not in callbacks. */
export interface Owner {
  id: string
  resultsInHistory: boolean
}

/** What handles use of the hub of their window. */
export interface HandleHost {
  readonly client: ServiceClient
  readonly defaultCwd: string
  cancel(ids: readonly string[], reason: string | undefined): Promise<void>
  readonly callbacks: Callbacks
  log(message: string): void
}

/** What a job knows of its batch. */
export interface BatchOfJob<T> {
  readonly id: string
  readonly header: BatchHeader
  readonly owner: Owner
  readonly options: BatchOptions<T>
  /** One of its ended jobs runs again, as `job` in the same place. */
  replace(endedAs: JobResult<T>['state'], job: JobHandle<T>): void
  onJobEnded(job: JobHandle<T>, result: JobResult<T>): void
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

/** How it ended; where results are not collected, the result itself only as long as the caller references it. */
interface Settled<T> {
  readonly state: JobResult<T>['state']
  readonly result: { deref(): JobResult<T> | undefined }
}

/** What a handle has once it is read or its job changes. */
interface Details<T> {
  info?: JobInfo
  accepted?: PromiseWithResolvers<void>
  result?: PromiseWithResolvers<JobResult<T>>
  settled?: Settled<T>
  emitter?: Emitter<JobInfo>
  value?: Promise<T>
}

/** Small, since a hundred thousand are made at once; the details are made when they are first needed. */
export class JobHandle<T> implements Job<T> {
  readonly #source: JobSource<T>
  readonly spec: JobSpec<T>
  /** Its place in the batch, in the order of submission. */
  readonly place: number
  #id: string | undefined
  #acceptance: true | Error | undefined
  #lazyDetails: Details<T> | undefined

  constructor(source: JobSource<T>, spec: JobSpec<T>, place = 0, id?: string) {
    this.#source = source
    this.spec = spec
    this.place = place
    this.#id = id
  }

  get #details(): Details<T> {
    this.#lazyDetails ??= {}
    return this.#lazyDetails
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

  /** What stdout is turned into: once, however often the service requests it. */
  valueOf(ended: EndedJob): Promise<T> {
    this.#details.value ??= this.readValue(ended)
    return this.#details.value
  }

  readValue(ended: EndedJob): Promise<T> {
    const { stdout } = this.spec
    const protocol = messageProtocol(this.spec.protocol)
    if (protocol === undefined) return toValue(ended, stdout)
    return readValue(ended.tail.stdout, protocol, this.hub.client.folders) as Promise<T>
  }

  get info(): JobInfo {
    this.#details.info ??= this.infoWith({
      state: 'queued',
      reason: this.isAccepted ? 'slot' : 'service',
      submittedAt: Date.now(),
      attempts: 0,
      stdoutBytes: 0,
      stderrBytes: 0,
    })
    return this.#details.info
  }

  /** The facts of the service with those that it leaves out: as it has said them last, or as they are in the spec. */
  infoWith(facts: JobFacts): JobInfo {
    const { id, name, batchId, owner, queue, priority, cores, command, cwd } = this.#lazyDetails?.info ?? this.#given
    const batch = batchId === undefined ? {} : { batchId }
    return { id, name, ...batch, owner, queue, priority, cores, command, cwd, ...facts }
  }

  get #given(): GivenFacts {
    const { spec, batch } = this
    return {
      id: this.id,
      name: spec.name ?? defaultName(spec),
      ...(batch && { batchId: batch.id }),
      owner: this.owner.id,
      queue: spec.queue ?? LOCAL_QUEUE,
      priority: spec.priority ?? 0,
      cores: spec.cores ?? 1,
      command: spec.wrapper ? [...spec.wrapper, ...spec.command] : spec.command,
      cwd: workingFolder(spec.cwd, this.hub.defaultCwd),
    }
  }

  get accepted(): Promise<void> {
    if (!this.#details.accepted) {
      this.#details.accepted = Promise.withResolvers()
      this.#details.accepted.promise.catch(() => undefined) // whoever awaits it handles the rejection; nobody has to
      if (this.#acceptance) this.accept(this.#acceptance)
    }
    return this.#details.accepted.promise
  }

  get result(): Promise<JobResult<T>> {
    if (!this.#details.result) {
      const { settled } = this.#details
      if (settled) {
        const result = settled.result.deref()
        return result ? Promise.resolve(result) : readResult(this)
      }
      this.#details.result = Promise.withResolvers()
    }
    return this.#details.result.promise
  }

  get onDidChange(): Event<JobInfo> {
    this.#details.emitter ??= new Emitter(error => this.hub.callbacks.logError('onDidChange', this, error))
    return this.#details.emitter.event
  }

  get endedAs(): JobResult<T>['state'] | undefined {
    return this.#lazyDetails?.settled?.state
  }

  get isAccepted(): boolean {
    return this.#acceptance === true
  }

  /** Whether anything is called when it runs again. */
  get hasCallbacks(): boolean {
    const { stdout, onStdout, onStderr, onProgress, onResult } = this.spec
    return (
      this.batch !== undefined ||
      typeof stdout === 'function' ||
      Boolean(onStdout ?? onStderr ?? onProgress ?? onResult)
    )
  }

  get isSettled(): boolean {
    return this.#lazyDetails?.settled !== undefined
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
    const known = this.#lazyDetails?.info
    if (outcome === true && known?.reason === 'service') this.update({ ...known, reason: 'slot' })
    // the job service has what it reads; a function may have to be called again
    if (outcome === true && typeof this.spec.stdin !== 'function') delete this.spec.stdin
    if (outcome === true) this.#lazyDetails?.accepted?.resolve()
    else this.#lazyDetails?.accepted?.reject(outcome)
  }

  /** New facts; those of a final state come with `settle`. */
  update(info: JobInfo): void {
    const details = this.#details
    if (details.info && isFinal(details.info.state)) return
    const before = details.info?.progress
    details.info = info
    if (info.progress && !isSameProgress(info.progress, before))
      this.hub.callbacks.call('onProgress', this, this.spec.onProgress, info.progress)
    details.emitter?.fire(info)
  }

  /** The end. Order: `onResult`, then the promise, then the batch. */
  settle(result: JobResult<T>): void {
    if (this.isSettled) return
    const details = this.#details
    const isCollected = this.batch?.options.collect !== false
    details.settled = { state: result.state, result: isCollected ? { deref: () => result } : new WeakRef(result) }
    this.hub.callbacks.call('onResult', this, this.spec.onResult, result)
    if (this.batch) this.hub.callbacks.call('onResult of the batch', this, this.batch.options.onResult, result)
    details.result?.resolve(result)
    this.batch?.onJobEnded(this, result)
    this.#release(details)
  }

  /** Frees what it does not need any more; with callbacks it may run again. */
  #release(details: Details<T>): void {
    delete details.result
    delete details.value
    delete details.emitter
    if (this.hasCallbacks) return
    delete this.spec.stdin
    delete this.spec.env
  }
}
