// The public API of src/api.ts, on top of the hub: checks arguments, and separates the jobs of extensions.
import { t } from '@vscode/l10n'
import type {
  BatchResultHandler,
  Event,
  HeadlessJobsApi,
  HeadlessJobsExtension,
  Job,
  JobFilter,
  JobInfo,
  JobSpec,
  ResultHandler,
  WorkerSpec,
} from '../../api'
import { Emitter } from '../base/emitter'
import type { ServiceClient } from '../connection/serviceClient'
import { orLate } from '../connection/untilKnown'
import { BatchHandle, pull } from '../jobs/batchHandle'
import { JobHandle, type Owner, snapshot } from '../jobs/jobHandle'
import { type HubHost, JobHub, NOT_TRUSTED } from '../jobs/jobHub'
import { checkBatchOptions, checkFilter, checkSpec, checkWorkerSpec } from '../values/checkSpec'
import { checkHandlerId } from '../values/namedHandlers'
import { Workers } from './workers'

export class PublicApi {
  readonly #hub: JobHub
  readonly #host: HubHost
  readonly #workers: Workers
  readonly #apis = new Map<string, HeadlessJobsApi>()

  constructor(client: ServiceClient, host: HubHost) {
    this.#hub = new JobHub(client, host)
    this.#host = host
    this.#workers = new Workers(client, host)
  }

  /** Jobs that have ended, as the service reports them. */
  get onDidEnd(): Event<readonly JobInfo[]> {
    return this.#hub.onDidEnd
  }

  readonly exports: HeadlessJobsExtension = {
    getApi: (version, options) => {
      if (version !== 1) throw new Error(t`Headless Jobs has no API version ${String(version)}; it has version 1.`)
      if (typeof options?.extensionId !== 'string' || !/^[^.\s]+\.[^.\s]+$/.test(options.extensionId)) {
        throw new TypeError(t("getApi: options.extensionId must be the id of your extension, 'publisher.name'."))
      }
      return this.forOwner(options.extensionId)
    },
  }

  /**
   * The API as an extension sees it; with `resultsInHistory` results stay in the history, and callbacks are given no
   * value.
   */
  forOwner(extensionId: string, { resultsInHistory = false } = {}): HeadlessJobsApi {
    const key = `${resultsInHistory} ${extensionId}`
    const api = this.#apis.get(key) ?? this.#make({ id: extensionId, resultsInHistory })
    this.#apis.set(key, api)
    return api
  }

  #make(owner: Owner): HeadlessJobsApi {
    const hub = this.#hub
    const api = {
      ...submitting(hub, owner),
      ...querying(hub, owner, () => this.#host.isTrusted()),
      startWorker: (spec: WorkerSpec) => {
        checkWorkerSpec(spec, hub)
        return this.#workers.start(spec, owner.id)
      },
      ...registering(hub, owner),
      onDidChangeJobs: this.#changesOf(owner.id),
    } satisfies Api
    return api as HeadlessJobsApi
  }

  #changesOf(extensionId: string): Event<readonly JobInfo[]> {
    const changes = new Emitter<readonly JobInfo[]>(error =>
      this.#host.log(`A listener of onDidChangeJobs threw: ${String(error)}`),
    )
    this.#hub.onDidChange(infos => {
      const own = changes.hasListeners ? infos.filter(info => info.owner === extensionId) : []
      if (own.length > 0) changes.fire(own)
    })
    return changes.event
  }
}

/** `submit` without its overloads, which only declare the type of the value. */
type Api = Omit<HeadlessJobsApi, 'submit'> & { submit<T>(spec: JobSpec<T>): Job<T> }

function submitting(hub: JobHub, owner: Owner): Pick<Api, 'submit' | 'submitBatch' | 'openBatch'> {
  return {
    submit: <T>(spec: JobSpec<T>) => {
      checkSpec(spec, hub)
      const job = new JobHandle<T>({ hub, owner }, snapshot(spec))
      hub.enqueue(job)
      return job
    },
    submitBatch: (specs, options = {}) => {
      checkBatchOptions(options)
      if (Symbol.asyncIterator in specs) {
        const batch = new BatchHandle(hub, owner, options)
        void pull(batch, specs, message => hub.log(message))
        return batch
      }
      const all = [...specs]
      const context = { queues: hub.queues, batch: options }
      for (let place = 0; place < all.length; place++) checkSpec(all[place], context, place)
      const batch = new BatchHandle(hub, owner, options)
      for (const spec of all) batch.addChecked(spec)
      batch.close()
      return batch
    },
    openBatch: (options = {}) => {
      checkBatchOptions(options)
      return new BatchHandle(hub, owner, options)
    },
  }
}

function registering(hub: JobHub, owner: Owner): Pick<Api, 'registerResultHandler' | 'registerInputHandler'> {
  const check = (what: string, id: string, handler: unknown) => {
    checkHandlerId(what, id, owner.id)
    if (typeof handler !== 'function') throw new TypeError(t`${what}: the handler must be a function.`)
  }
  return {
    registerResultHandler: (id: string, handler: ResultHandler | BatchResultHandler) => {
      check('registerResultHandler', id, handler)
      return hub.handlers.register('results', id, handler as ResultHandler & BatchResultHandler)
    },
    registerInputHandler: (id, handler) => {
      check('registerInputHandler', id, handler)
      return hub.handlers.register('inputs', id, handler)
    },
  }
}

/**
 * Requests about jobs that a filter names: only jobs of the owner, and after all that were submitted before have been
 * sent.
 */
function querying(
  hub: JobHub,
  owner: Owner,
  isTrusted: () => boolean,
): Pick<Api, 'getJob' | 'list' | 'cancel' | 'rerun'> {
  const { client } = hub
  const { service } = client
  const owned = (filter: JobFilter) => ({ ...filter, owner: owner.id })
  return {
    getJob: async id => {
      await hub.flushed()
      const { jobs } = await service.list({ filter: owned({ ids: [id] }) })
      return jobs[0] && (await hub.subscribe(jobs, owner))[0]
    },
    list: filter => {
      checkFilter(filter, true)
      const list = () => service.list({ filter: owned(filter) })
      return filter.ids ? hub.flushed().then(list) : list()
    },
    cancel: async filter => {
      checkFilter(filter, false)
      await hub.flushed()
      return (await orLate(service.cancel({ filter: owned(filter) }))).cancelled
    },
    rerun: async filter => {
      checkFilter(filter, false)
      if (!isTrusted()) throw new Error(NOT_TRUSTED)
      await hub.flushed()
      const environment = client.environmentHash
      const { jobs } = await orLate(service.rerun({ filter: owned(filter), environment }))
      return hub.subscribe(jobs, owner)
    },
  }
}
