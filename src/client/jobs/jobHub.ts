// Every job of this window: submits go through the outbox, and what the service reports goes to the handles.
import { t } from '@vscode/l10n'
import type { JobError, JobInfo, JobResult, JobSpec } from '../../api'
import { type EndedJob, emptyTail, isFinal, jobEnd, type OwnEndedJob } from '../../core/jobs/job'
import { LOCAL_QUEUE } from '../../core/jobs/queueConfig'
import { inLists } from '../../core/protocol/lists'
import type { ServiceEvent, SyncReply } from '../../core/protocol/protocol'
import type { ServiceClient } from '../connection/serviceClient'
import { orLate, untilKnown } from '../connection/untilKnown'
import { InputHandlers } from '../handlers/inputHandlers'
import { ResultHandlers } from '../handlers/resultHandlers'
import { WindowHandlers } from '../handlers/windowHandlers'
import { Callbacks } from './callbacks'
import { deliveredResult } from './deliveredResults'
import { EndedJobs } from './endedJobs'
import { JobChanges } from './jobChanges'
import { JobHandle, type Owner } from './jobHandle'
import { resultOf, valueProblem } from './jobResults'
import { pullOutput } from './liveOutput'
import { Outbox, type SentBatch } from './outbox'
import { QueriedJobs } from './queriedJobs'
import { StdinFunctions } from './stdinFunctions'

/** Why nothing was started in such a workspace. */
export const NOT_TRUSTED = t(
  'This workspace is not trusted, so no process was started. Trust it with the command "Workspaces: Manage Workspace Trust".',
)

/** Extensions that may have handlers for jobs of earlier windows. */
export interface Extensions {
  has(id: string): boolean
  activate(id: string): Promise<unknown>
}

/** What the hub needs of its host: VS Code, or a program that uses the client alone. */
export interface HubHost {
  defaultCwd(): string
  isTrusted(): boolean
  /** The names of the queues in its settings; absent where there is only `local`. */
  queues?(): readonly string[]
  /** Those of this window; absent where there are none. */
  readonly extensions?: Extensions
  log(message: string): void
}

type AnyJob = JobHandle<unknown>

export class JobHub {
  readonly client: ServiceClient
  readonly #host: HubHost
  readonly #outbox: Outbox
  /** Jobs that have not settled. */
  readonly #jobs = new Map<string, AnyJob>()
  readonly #endedJobs = new EndedJobs()
  readonly #queried: QueriedJobs
  readonly #stdinFunctions: StdinFunctions
  #unsettled = 0
  readonly #changes: JobChanges
  readonly callbacks: Callbacks
  readonly handlers: WindowHandlers

  constructor(client: ServiceClient, host: HubHost) {
    this.client = client
    this.#host = host
    const log = (message: string) => host.log(message)
    const context = { defaultCwd: () => this.defaultCwd, folders: client.folders }
    this.#changes = new JobChanges(log)
    this.callbacks = new Callbacks(log)
    this.#stdinFunctions = new StdinFunctions(client, log)
    this.#queried = new QueriedJobs({
      client,
      unsettled: () => [...this.#jobs.values()].filter(job => !job.isSettled).map(job => job.id),
      onAnswer: (id, answer) => this.#onAnswer(id, answer),
      log,
    })
    this.#outbox = new Outbox(client, context, {
      register: job => this.#jobs.set(job.id, job),
      accepted: job => this.#accepted(job),
      refused: (job, reason, kind = 'service') => this.#refuse(job, kind, reason),
      log,
    })
    this.handlers = new WindowHandlers({
      client,
      activate: async extension => {
        if (host.extensions?.has(extension)) await host.extensions.activate(extension)
      },
      log,
    })
    const { handlers } = this
    new ResultHandlers({ client, handlers, resultOf: delivery => deliveredResult(this, delivery), log })
    new InputHandlers({ client, handlers, log })
    client.wants = ({ queued, extensions }) =>
      queued > 0 || extensions.some(id => host.extensions?.has(id) || handlers.areOf(id))
    client.isNeeded = () => this.#unsettled > 0
    client.onEvents(events => this.#receive(events))
    client.onDidConnect(() => void this.#queried.sync())
  }

  get defaultCwd(): string {
    return this.#host.defaultCwd()
  }

  /** The names of all queues. */
  get queues(): readonly string[] {
    return this.#host.queues?.() ?? [LOCAL_QUEUE]
  }

  /** Changes of all jobs of this window, coalesced. */
  get onDidChange() {
    return this.#changes.onDidChange
  }

  /** Jobs that have ended, as the service reports them. */
  get onDidEnd() {
    return this.#changes.onDidEnd
  }

  // calls of handles

  enqueue<T>(handle: JobHandle<T>): void {
    const job = handle as unknown as AnyJob
    this.#unsettled++
    if (!this.#host.isTrusted()) {
      queueMicrotask(() => this.#refuse(job, 'start', NOT_TRUSTED))
      return
    }
    this.#outbox.add(job)
  }

  announceBatch(batch: SentBatch): void {
    if (this.#host.isTrusted()) this.#outbox.add({ kind: 'announce', batch })
  }

  sealBatch(batch: SentBatch, sealed: 'complete' | 'cut'): void {
    if (this.#host.isTrusted()) this.#outbox.add({ kind: 'seal', batch, sealed })
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

  setBatchConcurrency(batch: SentBatch): void {
    if (this.#host.isTrusted()) this.#outbox.add({ kind: 'setConcurrency', batch })
  }

  /** Resolves when the service has what was submitted before, so that the next request is about that too. */
  flushed(): Promise<void> {
    return this.#outbox.flushed()
  }

  log(message: string): void {
    this.#host.log(message)
  }

  /** The handle of a job that took the place of one of ours; its callbacks are those of the old one. */
  adopt(info: JobInfo): AnyJob | undefined {
    const known = this.#jobs.get(info.id)
    if (known) return known
    const old = info.rerunOf === undefined ? undefined : this.#endedJobs.remove(info.rerunOf)
    if (!old) return undefined
    const job = new JobHandle(old.source, old.spec, old.place, info.id)
    job.accept(true)
    old.source.batch?.replace(old.endedAs, job)
    this.#jobs.set(info.id, job)
    this.#unsettled++
    return job
  }

  /** The handles of jobs, also of those that this window did not submit; the service reports them from now on. */
  async subscribe(infos: readonly JobInfo[], owner: Owner): Promise<AnyJob[]> {
    const jobs: AnyJob[] = []
    for (const list of inLists(infos, () => 40)) {
      const foreign: string[] = []
      const handleOf = (info: JobInfo) =>
        this.adopt(info) ?? this.#endedJobs.handleOf(info.id) ?? this.#makeHandle(info, owner, foreign)
      for (const job of await Promise.all(list.map(handleOf))) jobs.push(job)
      if (foreign.length > 0) await this.#queried.query(foreign)
    }
    return jobs
  }

  /** @param foreign receives the id: a query makes the service report the job to this window */
  async #makeHandle(info: JobInfo, owner: Owner, foreign: string[]): Promise<AnyJob> {
    const stored = await this.client.service.getSpec({ id: info.id })
    const meanwhile = this.#jobs.get(info.id)
    if (meanwhile) return meanwhile
    const stdout = stored?.stdout === 'function' ? (this.#endedJobs.stdoutOf(info.id) ?? 'bytes') : stored?.stdout
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
    foreign.push(info.id)
    return job
  }

  // events of the service

  #receive(events: readonly ServiceEvent[]): void {
    for (const event of events) {
      if (event.type === 'jobs') for (const info of event.jobs) this.#update(info)
      else if (event.type === 'ended') this.#allEnded(event.jobs)
      else if (event.type === 'ownEnded') this.#allEnded(event.jobs.flatMap(job => this.#complete(job) ?? []))
      else if (event.type === 'finish') for (const job of event.jobs) void this.#finish(job)
      else if (event.type === 'ask') void this.#provideStdin(event.ids)
      else if (event.type === 'resync') void this.#queried.sync()
    }
  }

  #update(info: JobInfo): void {
    const job = this.adopt(info)
    this.#changes.changed(info)
    if (!job) return
    job.update(info)
    if (job.spec.onStdout || job.spec.onStderr) void pullOutput(this.client, job, info, this)
  }

  /** With the facts that the service leaves out because this window knows them. */
  #complete({ id, facts, tail }: OwnEndedJob): EndedJob | undefined {
    const job = this.#jobs.get(id)
    return job && { info: job.infoWith(facts), tail }
  }

  #allEnded(jobs: readonly EndedJob[]): void {
    for (const job of jobs) void this.#ended(job)
    this.#changes.ended(jobs)
  }

  async #ended(ended: EndedJob): Promise<void> {
    const job = this.adopt(ended.info)
    this.#changes.changed(ended.info)
    if (!job || job.isSettled) return
    if (job.spec.onStdout || job.spec.onStderr) await pullOutput(this.client, job, ended.info, this)
    const { info, result } = await resultOf(job, ended)
    this.#settle(job, info, result)
  }

  async #finish(ended: EndedJob): Promise<void> {
    // one after the other: the answer of each is on its way before the next function blocks the window
    await new Promise(resolve => setImmediate(resolve))
    const job = this.adopt(ended.info)
    let error: JobError | undefined
    if (job && !job.isSettled) {
      job.update(ended.info)
      this.#changes.changed(ended.info)
      error = await valueProblem(job, ended)
    }
    const answer = { id: ended.info.id, ...(error && { error }) }
    await orLate(this.client.service.finished({ answers: [answer] })).catch((failed: Error) =>
      this.#host.log(failed.message),
    )
  }

  async #provideStdin(ids: readonly string[]): Promise<void> {
    const provide = (id: string) => void this.#stdinFunctions.provide(id, this.#jobs.get(id))
    const foreign = ids.filter(id => !this.#jobs.has(id))
    for (const id of ids) if (this.#jobs.has(id)) provide(id)
    try {
      await this.#queried.query(foreign) // makes the handles of those that run again
      for (const id of foreign) provide(id)
    } catch (error) {
      this.#queried.logFailure(error)
    }
  }

  #onAnswer(id: string, answer: SyncReply['jobs'][number]): void {
    if (!answer) this.#unknownToService(id)
    else if ('tail' in answer && isFinal(answer.info.state)) void this.#ended(answer)
    else if ('tail' in answer) void this.#finish(answer)
    else this.#unfinished(answer.info)
  }

  #unfinished(info: JobInfo): void {
    const job = this.#jobs.get(info.id)
    // a service that was restarted does not have the secret values of its environment
    if (info.reason === 'secret' && job?.spec.env) this.#outbox.add(job)
    this.#update(info)
  }

  /** The service had acknowledged it: it was cleared since, or the store was lost. */
  #unknownToService(id: string): void {
    const job = this.#jobs.get(id)
    if (job?.isAccepted)
      this.#refuse(job, 'lost', t('The job service does not know this job any more, so its outcome is unknown.'))
  }

  /** It is on disk. */
  #accepted(job: AnyJob): void {
    job.accept(true)
    if (!job.isSettled) this.#changes.changed(() => job.info)
  }

  #refuse(job: AnyJob, kind: JobError['kind'], message: string): void {
    job.accept(new Error(message))
    const state = kind === 'lost' ? 'lost' : 'failed'
    const info: JobInfo = { ...job.info, state, endedAt: Date.now(), endedBy: 'self', error: { kind, message } }
    const ended = { info, tail: emptyTail }
    this.#changes.changed(info)
    this.#settle(job, info, { ...jobEnd(ended), state, error: { kind, message } })
  }

  #settle(job: AnyJob, info: JobInfo, result: JobResult<unknown>): void {
    if (job.isSettled) return
    job.update(info)
    this.#unsettled--
    this.#jobs.delete(job.id)
    this.#stdinFunctions.forget(job.id)
    job.settle(result)
    this.#endedJobs.add(job)
  }
}
