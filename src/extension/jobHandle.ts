// One job as its submitter holds it: facts that follow the service, and promises that settle. Runs in the window.
import type { Event, Job, JobInfo, JobResult, JobSpec } from '../api'
import { Emitter } from '../core/emitter'
import { isFinal } from '../core/job'
import { defaultName } from '../core/jobName'
import { uuidv7 } from '../core/uuid'
import type { BatchHandle } from './batchHandle'
import type { JobHub } from './jobHub'

/** Who submits, and how: the extension, and whether the history is the only home of its results. */
export interface Owner {
  id: string
  keep: boolean
}

export class JobHandle<T> implements Job<T> {
  readonly hub: JobHub
  readonly owner: Owner
  readonly spec: JobSpec<T>
  readonly batch: BatchHandle<T> | undefined
  /** What stdout was turned into, once the service has asked for it. */
  value: T | undefined
  #id: string | undefined
  #info: JobInfo | undefined
  #accepted: PromiseWithResolvers<void> | undefined
  #acceptance: true | Error | undefined
  #result: PromiseWithResolvers<JobResult<T>> | undefined
  #settled: JobResult<T> | undefined
  #emitter: Emitter<JobInfo> | undefined

  /** Its place in the batch, in the order of submission. */
  readonly place: number

  constructor(hub: JobHub, owner: Owner, spec: JobSpec<T>, batch?: BatchHandle<T>, place = 0, id?: string) {
    this.hub = hub
    this.owner = owner
    this.spec = spec
    this.batch = batch
    this.place = place
    this.#id = id
  }

  /** Made when first needed: a hundred thousand handles are made in one go. */
  get id(): string {
    this.#id ??= uuidv7()
    return this.#id
  }

  get info(): JobInfo {
    this.#info ??= {
      id: this.id,
      name: this.spec.name ?? defaultName(this.spec),
      state: 'queued',
      reason: 'service',
      ...(this.batch && { batchId: this.batch.id }),
      owner: this.owner.id,
      queue: this.spec.queue ?? 'local',
      priority: this.spec.priority ?? 0,
      cores: this.spec.cores ?? 1,
      command: this.spec.wrapper ? [...this.spec.wrapper, ...this.spec.command] : this.spec.command,
      cwd: this.spec.cwd ?? this.hub.defaultCwd,
      submittedAt: Date.now(),
      attempts: 0,
      stdoutBytes: 0,
      stderrBytes: 0,
    }
    return this.#info
  }

  get accepted(): Promise<void> {
    if (!this.#accepted) {
      this.#accepted = Promise.withResolvers()
      this.#accepted.promise.catch(() => undefined) // whoever asks for it handles it; nobody must
      if (this.#acceptance) this.accept(this.#acceptance)
    }
    return this.#accepted.promise
  }

  get result(): Promise<JobResult<T>> {
    if (!this.#result) {
      this.#result = Promise.withResolvers()
      if (this.#settled) this.#result.resolve(this.#settled)
    }
    return this.#result.promise
  }

  get onDidChange(): Event<JobInfo> {
    this.#emitter ??= new Emitter(error => this.hub.logCallback('onDidChange', this, error))
    return this.#emitter.event
  }

  get endedAs(): JobResult<T>['state'] | undefined {
    return this.#settled?.state
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
    return this.#settled !== undefined
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
    if (outcome === true) this.#accepted?.resolve()
    else this.#accepted?.reject(outcome)
  }

  /** New facts; those of a final state come with `settle`. */
  update(info: JobInfo): void {
    if (this.#info && isFinal(this.#info.state)) return
    const before = this.#info?.progress
    this.#info = info
    if (info.progress && info.progress !== before)
      this.hub.call('onProgress', this, this.spec.onProgress, info.progress)
    this.#emitter?.fire(info)
  }

  /** The end. Order: `onResult`, then the promise, then the batch. */
  settle(result: JobResult<T>): void {
    if (this.#settled) return
    this.#settled = result
    this.hub.call('onResult', this, this.spec.onResult, result)
    if (this.batch) this.hub.call('onResult of the batch', this, this.batch.options.onResult, result)
    this.#result?.resolve(result)
    this.batch?.ended(this, result)
  }
}
