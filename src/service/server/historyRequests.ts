// Requests about what the service knows of jobs and batches, and about many of them at once.
import { isFinal } from '../../core/jobs/job'
import type { ServiceApi } from '../../core/protocol/protocol'
import { truncateJob } from '../../core/protocol/truncate'
import type { JobService } from '../jobService'
import { attemptsReply } from '../jobs/attempts'
import { readOutput } from '../sessions/output'
import type { Session } from '../sessions/session'

type BulkRequests = Pick<ServiceApi, 'cancel' | 'rerun' | 'clear' | 'save' | 'list' | 'outline'>
type LookupRequests = Pick<ServiceApi, 'attempts' | 'place' | 'getBatch' | 'getSpec' | 'getEnded' | 'output'>

export function historyRequests(service: JobService, session: Session): BulkRequests & LookupRequests {
  return { ...bulkRequests(service, session), ...lookupRequests(service) }
}

function bulkRequests({ bulk, history }: JobService, session: Session): BulkRequests {
  return {
    cancel: async ({ filter, reason }, work) => ({ cancelled: await bulk.cancel(filter, 'user', reason, work) }),
    rerun: async ({ filter, environment, changes }, work) => ({
      jobs: await bulk.rerun(filter, { environment, ...(changes && { changes }) }, session, work),
    }),
    clear: ({ filter, unsaved }, work) => bulk.clear(filter, unsaved, work),
    save: async ({ filter, folder, which }, work) => ({ files: await history.save(filter, folder, which, work) }),
    list: ({ filter }) => history.list(filter),
    outline: ({ filter, after }) => history.outline(filter, after),
  }
}

function lookupRequests({ activeJobs, batches, infos, lookup, store }: JobService): LookupRequests {
  return {
    attempts: async ({ id, before }) => {
      const job = lookup.latestAt(id)
      return job ? attemptsReply(store, job, before) : { attempts: [] }
    },
    place: async ({ id }) => {
      const job = lookup.latestAt(id)
      return job ? { first: lookup.firstAt(job)?.id ?? job.id, latest: truncateJob(infos.info(job)) } : null
    },
    getBatch: async ({ id }) => batches.byId(id)?.info(),
    getSpec: async ({ id }) => lookup.find(id)?.spec,
    getEnded: async ({ id }) => {
      const job = lookup.find(id)
      return job && isFinal(job.state) ? infos.ended(job) : undefined
    },
    output: async ({ id, ...query }) => {
      const job = lookup.find(id)
      if (!job) throw new Error(`There is no job ${id} in the history.`)
      return readOutput(job, activeJobs.run(job.seq), store, query)
    },
  }
}
