// The requests of a window, each answered with the parts of the job service.
import type { JobInfo } from '../../api'
import { type EndedJob, isFinal } from '../../core/jobs/job'
import { inLists } from '../../core/protocol/lists'
import { MAX_LIST_BYTES, MAX_LIST_ITEMS, type ServiceApi } from '../../core/protocol/protocol'
import { shownJob } from '../../core/protocol/shown'
import { messageBytes } from '../../core/protocol/wire'
import type { JobService } from '../jobService'
import { attemptsReply } from '../jobs/attempts'
import { readOutput } from '../sessions/output'
import { RowsWatch } from '../sessions/rowsWatch'
import { infoBytes, type Session } from '../sessions/session'
import type { JobRecord } from '../store/records'

/** What a window may ask for, bound to its session. */
export function requestsOf(service: JobService, session: Session): ServiceApi {
  return {
    useEnvironment: async environment => {
      service.environments.use(environment, session.workspace, session.id)
      service.scheduler.secretsCame()
    },
    submit: async list => {
      try {
        service.submitter.submit(list, session.id)
      } catch (error) {
        void service.arrays.refused(list.jobs, id => service.find(id) !== undefined)
        throw error
      }
      service.scheduler.secretsCame()
    },
    sealBatch: async ({ id, sealed }) => {
      const batch = service.ledger.batches.byId(id)
      if (batch) service.seal(batch, sealed)
    },
    setBatchConcurrency: async ({ id, concurrency }) => {
      const batch = service.ledger.batches.byId(id)
      if (!batch) return
      batch.record.concurrency = concurrency
      service.store.updateBatch(batch.record)
      service.scheduler.unpark(batch.record.seq)
      service.viewChanged()
    },
    sync: async ({ ids }) => ({ jobs: sync(service, ids, session) }),
    provideInput: async ({ answers }) => {
      for (const { id, input, error } of answers) await service.takeInput(id, input, error)
      service.scheduler.schedule()
    },
    finished: async ({ answers }) => {
      for (const { id, error } of answers) {
        const job = service.find(id)
        if (job) service.activeJobs.answered(job, error)
      }
    },
    cancel: async ({ filter, reason }, work) => ({ cancelled: await service.cancel(filter, 'user', reason, work) }),
    rerun: async ({ filter, environment, changes }, work) => {
      const jobs: JobInfo[] = []
      const sessionOf = (job: JobRecord) => (service.sessions.get(job.session)?.connected ? job.session : session.id)
      try {
        for await (const found of service.history.find(filter)) {
          if (work?.signal?.aborted) break
          jobs.push(...service.submitter.rerun(found.map(service.latest), environment, sessionOf, changes ?? {}))
          work?.onProgress?.(jobs.length)
        }
      } finally {
        // also those before one that cannot be run again
        sendRerun(service, jobs)
        service.scheduler.schedule()
      }
      return { jobs }
    },
    clear: async ({ filter, unsaved }, work) => {
      const cleared = await service.history.clear(filter, unsaved, service.paths.spool, work)
      service.viewChanged()
      void service.tidy()
      return cleared
    },
    save: async ({ filter, folder, which }, work) => ({
      files: await service.history.save(filter, folder, which, work),
    }),
    list: ({ filter }) => service.history.list(filter),
    outline: ({ filter, after }) => service.history.outline(filter, after),
    attempts: async ({ id, before }) => {
      const job = latestAt(service, id)
      return job ? attemptsReply(service.store, job, before) : { attempts: [] }
    },
    place: async ({ id }) => {
      const job = latestAt(service, id)
      if (!job) return null
      const first = job.replaces === null ? job : service.store.job(job.pos)
      return { first: first?.id ?? job.id, latest: shownJob(service.ledger.info(job)) }
    },
    getBatch: async ({ id }) => service.ledger.batches.byId(id)?.info(),
    getSpec: async ({ id }) => service.find(id)?.spec,
    getEnded: async ({ id }) => {
      const job = service.find(id)
      return job && isFinal(job.state) ? service.ledger.ended(job) : undefined
    },
    startWorker: async p => service.sessionWorkers.start(p, session),
    request: ({ worker, request }) => service.sessionWorkers.request(worker, request),
    cancelRequests: async ({ worker, ids }) => service.sessionWorkers.get(worker).cancel(ids),
    releaseReplies: async ({ worker, ids }) => service.sessionWorkers.taken(worker, ids),
    stopWorkers: async ({ ids }) => ({ stopped: service.stopWorkers(ids) }),
    output: async ({ id, ...query }) => {
      const job = service.find(id)
      if (!job) throw new Error(`There is no job ${id} in the history.`)
      return readOutput(job, service.activeJobs.run(job.seq), service.store, query)
    },
    pause: async ({ paused }) => {
      service.pause(paused)
    },
    configure: async ({ source, settings, chosen }) => {
      service.settings.configure(source, session.window, settings, chosen)
      service.scheduler.setSlots(service.settings.concurrency.slots)
      service.viewChanged()
    },
    watchRows: async query => {
      if (query === null) {
        service.watches.delete(session)
        return null
      }
      const watch = new RowsWatch(service.ledger, service.latest, query)
      service.watches.set(session, watch)
      return watch.read()
    },
    status: async () => service.status(),
    drain: async () => {
      service.drain()
    },
  }
}

/** The job that is at the place of this one now. */
function latestAt(service: JobService, id: string): JobRecord | undefined {
  const job = service.store.jobById(id)
  const latest = job && (job.replacedBy === null ? job : service.store.jobAt(job.pos))
  return latest && service.latest(latest)
}

/** All of them before the first one starts, so that a batch counts them as one round. */
function sendRerun(service: JobService, infos: readonly JobInfo[]): void {
  const bySession = Map.groupBy(infos, ({ id }) => service.find(id)?.session ?? '')
  for (const [session, jobs] of bySession) {
    for (const list of inLists(jobs, infoBytes)) service.sessions.get(session)?.send({ type: 'jobs', jobs: list })
  }
}

/** What became of these jobs; a long answer is cut, and the client asks for the rest. */
function sync(
  service: JobService,
  ids: readonly string[],
  session: Session,
): (EndedJob | { info: JobInfo } | undefined)[] {
  let bytes = 0
  const answers: (EndedJob | { info: JobInfo } | undefined)[] = []
  const isFull = () => bytes > MAX_LIST_BYTES && answers.length > 0 // the client asks for the rest
  for (const id of ids.slice(0, MAX_LIST_ITEMS)) {
    const job = service.find(id)
    if (!job) {
      answers.push(undefined)
      continue
    }
    if (job.session !== session.id) follow(service, job, session)
    if (isFinal(job.state) || job.state === 'finishing') {
      const ended = service.ledger.ended(job)
      bytes += messageBytes(ended)
      if (isFull()) break
      answers.push(ended)
    } else {
      const info = service.ledger.info(job)
      bytes += messageBytes(info)
      if (isFull()) break
      answers.push({ info })
      if (job.session === session.id && service.scheduler.isAsked(job.seq)) session.ask(id)
    }
  }
  return answers
}

/** A window asks after the job of another one: it is told of it too, and in place of one that has gone. */
function follow(service: JobService, job: JobRecord, session: Session): void {
  if (isFinal(job.state)) return
  if (service.sessions.get(job.session)?.connected) {
    const followers = service.followers.get(job.seq) ?? new Set()
    service.followers.set(job.seq, followers.add(session))
  } else {
    job.session = session.id
    service.store.setSession(job.seq, session.id)
  }
}
