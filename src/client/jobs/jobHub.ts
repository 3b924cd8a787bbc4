// Every job of this window: hands submits to the outbox, and what the service tells to the handles and callbacks.
import type { JobError, JobInfo, JobResult, JobSpec } from '../../api'
import { type EndedJob, isFinal, jobEnd, type OwnEndedJob } from '../../core/jobs/job'
import { inLists } from '../../core/protocol/lists'
import { MAX_LIST_ITEMS, type ServiceEvent, UPDATE_INTERVAL_MS } from '../../core/protocol/protocol'
import { Emitter } from '../connection/emitter'
import type { ServiceClient } from '../connection/serviceClient'
import { orLate, untilKnown } from '../connection/untilKnown'
import { EndedJobs } from './endedJobs'
import { inTime } from './inTime'
import { JobHandle, type Owner } from './jobHandle'
import { parseError } from './jobResults'
import { pullOutput } from './liveOutput'
import { Outbox, type SentBatch } from './outbox'
import { StdinFunctions } from './stdinFunctions'

/** Why nothing was started in such a workspace. */
export const NOT_TRUSTED =
  'This workspace is not trusted, so no process was started. Trust it with the command "Workspaces: Manage Workspace Trust".'

/** What the hub needs of whoever hosts it: VS Code, or a program that uses the client alone. */
export interface HubHost {
  defaultCwd(): string
  isTrusted(): boolean
  log(message: string): void
}

type AnyJob = JobHandle<unknown>

export class JobHub {
  readonly client: ServiceClient
  readonly #host: HubHost
  readonly #outbox: Outbox
  /** Jobs that have not settled. */
  readonly #jobs = new Map<string, AnyJob>()
  readonly #remembered = new EndedJobs()
  readonly #stdins: StdinFunctions
  #unsettled = 0
  #changed = new Map<string, JobInfo>()
  #timer: NodeJS.Timeout | undefined
  readonly #emitter: Emitter<readonly JobInfo[]>
  readonly #ends: Emitter<readonly JobInfo[]>

  constructor(client: ServiceClient, host: HubHost) {
    this.client = client
    this.#host = host
    const hub = this
    const context = {
      get defaultCwd() {
        return hub.defaultCwd
      },
      folders: client.folders,
    }
    this.#outbox = new Outbox(client, context, {
      register: job => this.#jobs.set(job.id, job),
      accepted: job => this.#accepted(job),
      refused: (job, why, kind = 'service') => this.#refuse(job, kind, why),
      log: message => this.#host.log(message),
    })
    this.#stdins = new StdinFunctions(client, message => this.#host.log(message))
    this.#emitter = new Emitter(error => this.#host.log(`A listener of onDidChangeJobs threw: ${String(error)}`))
    this.#ends = new Emitter(error => this.#host.log(`A listener of ended jobs threw: ${String(error)}`))
    client.isNeeded = () => this.#unsettled > 0
    client.onEvents(events => this.#receive(events))
    client.onDidConnect(() => void this.#sync())
  }

  get defaultCwd(): string {
    return this.#host.defaultCwd()
  }

  /** Changes of all jobs of this window, coalesced. */
  get onDidChange() {
    return this.#emitter.event
  }

  /** Jobs of which this window was told that they have ended, as it is told. */
  get onDidEnd() {
    return this.#ends.event
  }

  // what handles ask for

  enqueue<T>(handle: JobHandle<T>): void {
    const job = handle as unknown as AnyJob
    this.#unsettled++
    if (!this.#host.isTrusted()) {
      queueMicrotask(() => this.#refuse(job, 'start', NOT_TRUSTED))
      return
    }
    this.#outbox.add(job)
  }

  announce(batch: SentBatch): void {
    if (this.#host.isTrusted()) this.#outbox.add({ news: 'announced', batch })
  }

  sealed(batch: SentBatch, how: 'complete' | 'cut'): void {
    if (this.#host.isTrusted()) this.#outbox.add({ news: how, batch })
  }

  async cancel(ids: readonly string[], reason: string | undefined): Promise<void> {
    await untilKnown(this.client, () =>
      this.client.service.cancel({ filter: { ids }, ...(reason !== undefined && { reason }) }),
    )
  }

  async cancelBatch(
    batch: SentBatch & { jobs: readonly { accepted: Promise<void> }[] },
    reason: string | undefined,
  ): Promise<void> {
    await Promise.allSettled(batch.jobs.map(job => job.accepted))
    const filter = { batchId: batch.id }
    await untilKnown(this.client, () => this.client.service.cancel({ filter, ...(reason !== undefined && { reason }) }))
  }

  setBatchConcurrency(batch: SentBatch, cap: number): void {
    if (this.#host.isTrusted()) this.#outbox.add({ news: 'cap', batch, cap })
  }

  /** Resolves when the service has what was submitted before: what is asked next is about that too. */
  submitted(): Promise<void> {
    return this.#outbox.told()
  }

  /** Calls a callback of somebody else's: what it throws is logged and changes nothing. */
  call<A>(
    what: string,
    job: { info: JobInfo } | undefined,
    callback: ((argument: A) => unknown) | undefined,
    argument: A,
  ): void {
    if (!callback) return
    try {
      const returned = callback(argument)
      if (returned instanceof Promise) returned.catch((error: unknown) => this.logCallback(what, job, error))
    } catch (error) {
      this.logCallback(what, job, error)
    }
  }

  log(message: string): void {
    this.#host.log(message)
  }

  logCallback(what: string, job: { info: JobInfo } | undefined, error: unknown): void {
    const whose = job ? ` of job ${job.info.name}` : ''
    this.#host.log(
      `The callback ${what}${whose} threw: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    )
  }

  /** The handle of a job that took the place of one of ours; its callbacks are those of the old one. */
  adopt(info: JobInfo): AnyJob | undefined {
    const known = this.#jobs.get(info.id)
    if (known) return known
    const old = info.rerunOf === undefined ? undefined : this.#remembered.take(info.rerunOf)
    if (!old) return undefined
    const job = new JobHandle(old.source, old.spec, old.place, info.id)
    job.accept(true)
    old.source.batch?.again(old.endedAs, job)
    this.#jobs.set(info.id, job)
    this.#unsettled++
    return job
  }

  /** The handles of jobs, also of those that this window did not submit; from now on the service tells us of them. */
  async followAll(infos: readonly JobInfo[], owner: Owner): Promise<AnyJob[]> {
    const jobs: AnyJob[] = []
    for (const list of inLists(infos, () => 40)) {
      const strangers: string[] = []
      const follow = (info: JobInfo) =>
        this.adopt(info) ?? this.#remembered.handleOf(info.id) ?? this.#follow(info, owner, strangers)
      for (const job of await Promise.all(list.map(follow))) jobs.push(job)
      if (strangers.length > 0) await this.#ask(strangers)
    }
    return jobs
  }

  /** @param strangers is given those that are to be asked after */
  async #follow(info: JobInfo, owner: Owner, strangers: string[]): Promise<AnyJob> {
    const stored = await this.client.service.getSpec({ id: info.id })
    const meanwhile = this.#jobs.get(info.id)
    if (meanwhile) return meanwhile
    const stdout = stored?.stdout === 'function' ? (this.#remembered.stdoutOf(info.id) ?? 'bytes') : stored?.stdout
    const protocol = stored?.protocol
    const spec = {
      name: info.name,
      command: info.command,
      cwd: info.cwd,
      ...(stdout !== undefined && { stdout }),
      ...(protocol !== undefined && { protocol }),
    }
    const job = new JobHandle<unknown>({ hub: this, owner }, spec as JobSpec<unknown>, 0, info.id)
    job.accept(true)
    job.update(info)
    this.#jobs.set(info.id, job)
    this.#unsettled++
    strangers.push(info.id)
    return job
  }

  // what the service tells

  #receive(events: readonly ServiceEvent[]): void {
    for (const event of events) {
      if (event.type === 'jobs') for (const info of event.jobs) this.#update(info)
      else if (event.type === 'ended') this.#allEnded(event.jobs)
      else if (event.type === 'ownEnded') this.#allEnded(event.jobs.flatMap(job => this.#whole(job) ?? []))
      else if (event.type === 'finish') for (const job of event.jobs) void this.#finish(job)
      else if (event.type === 'ask') void this.#answer(event.ids)
      else if (event.type === 'resync') void this.#sync()
    }
  }

  #update(info: JobInfo): void {
    const job = this.adopt(info)
    this.#tell(info)
    if (!job) return
    job.update(info)
    if (job.spec.onStdout || job.spec.onStderr) void pullOutput(this.client.service, job, info, this)
  }

  #whole({ id, facts, tail }: OwnEndedJob): EndedJob | undefined {
    const job = this.#jobs.get(id)
    return job && { info: job.infoWith(facts), tail }
  }

  #allEnded(jobs: readonly EndedJob[]): void {
    for (const job of jobs) void this.#ended(job)
    if (this.#ends.hasListeners) this.#ends.fire(jobs.map(({ info }) => info))
  }

  async #ended(ended: EndedJob): Promise<void> {
    const { info } = ended
    const job = this.adopt(info)
    this.#tell(info)
    if (!job || job.isSettled) return
    if (job.spec.onStdout || job.spec.onStderr) await pullOutput(this.client.service, job, info, this)
    if (info.state !== 'succeeded') {
      this.#settle(job, info, {
        ...jobEnd(ended),
        state: info.state,
        ...(info.error && { error: info.error }),
      } as JobResult<unknown>)
      return
    }
    try {
      const value = job.owner.keep ? undefined : await inTime(job.valueOf(ended))
      this.#settle(job, info, { ...jobEnd(ended), state: 'succeeded', value })
    } catch (thrown) {
      const error = parseError(thrown, job)
      this.#settle(job, { ...info, state: 'failed', error }, { ...jobEnd(ended), state: 'failed', error })
    }
  }

  async #finish(ended: EndedJob): Promise<void> {
    const job = this.adopt(ended.info)
    let error: JobError | undefined
    if (job && !job.isSettled) {
      job.update(ended.info)
      this.#tell(ended.info)
      try {
        await inTime(job.valueOf(ended))
      } catch (thrown) {
        error = parseError(thrown, job)
      }
    }
    const answer = { id: ended.info.id, ...(error && { error }) }
    await orLate(this.client.service.finished({ answers: [answer] })).catch((failed: Error) =>
      this.#host.log(failed.message),
    )
  }

  async #answer(ids: readonly string[]): Promise<void> {
    const strangers = ids.filter(id => !this.#jobs.has(id))
    if (strangers.length > 0) await this.#ask(strangers)
    for (const id of ids) void this.#stdins.answer(id, this.#jobs.get(id))
  }

  /** After a new connection, or when events were lost: what became of our jobs. */
  async #sync(): Promise<void> {
    const waiting = [...this.#jobs.values()].filter(job => !job.isSettled).map(job => job.id)
    try {
      for (const ids of inLists(waiting, () => 40)) await this.#ask(ids)
    } catch (error) {
      this.#host.log(`Jobs could not be asked after: ${(error as Error).message}`)
    }
  }

  async #ask(ids: readonly string[]): Promise<void> {
    for (let from = 0; from < ids.length; ) {
      const { jobs } = await this.client.service.sync({ ids: ids.slice(from, from + MAX_LIST_ITEMS) })
      for (const [i, answer] of jobs.entries()) {
        if (!answer) this.#unknown(ids[from + i] as string)
        else if ('tail' in answer && isFinal(answer.info.state)) void this.#ended(answer)
        else if ('tail' in answer) void this.#finish(answer)
        else this.#stillThere(answer.info)
      }
      if (jobs.length === 0) return
      from += jobs.length
    }
  }

  #stillThere(info: JobInfo): void {
    const job = this.#jobs.get(info.id)
    // a service that was started anew does not have the secret values of its environment
    if (info.reason === 'secret' && job?.spec.env) this.#outbox.add(job)
    this.#update(info)
  }

  /** The service has it no more, though it had acknowledged it: somebody has cleared it, or the store was lost. */
  #unknown(id: string): void {
    const job = this.#jobs.get(id)
    if (job?.isAccepted)
      this.#refuse(job, 'lost', 'The job service does not know this job any more, so its outcome is unknown.')
  }

  /** It is on disk, and waits for what the service says it waits for. */
  #accepted(job: AnyJob): void {
    job.accept(true)
    if (this.#emitter.hasListeners && !job.isSettled) this.#tell(job.info)
  }

  #refuse(job: AnyJob, kind: JobError['kind'], message: string): void {
    job.accept(new Error(message))
    const state = kind === 'lost' ? 'lost' : 'failed'
    const info: JobInfo = { ...job.info, state, endedAt: Date.now(), endedBy: 'self', error: { kind, message } }
    const ended = { info, tail: { stderr: '', stderrTruncated: false } }
    this.#tell(info)
    this.#settle(job, info, { ...jobEnd(ended), state, error: { kind, message } })
  }

  #settle(job: AnyJob, info: JobInfo, result: JobResult<unknown>): void {
    if (job.isSettled) return
    job.update(info)
    this.#unsettled--
    this.#jobs.delete(job.id)
    this.#stdins.forget(job.id)
    job.settle(result)
    this.#remembered.add(job)
  }

  #tell(info: JobInfo): void {
    if (!this.#emitter.hasListeners) return
    this.#changed.set(info.id, info)
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      const infos = [...this.#changed.values()]
      this.#changed = new Map()
      this.#emitter.fire(infos)
    }, UPDATE_INTERVAL_MS)
  }
}
