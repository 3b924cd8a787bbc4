// Requests about all jobs of a filter.
import type { ServiceApi } from '../../core/protocol/protocol'
import type { JobService } from '../jobService'
import type { Session } from '../sessions/session'
import { findJobs } from '../views/findJobs'

type BulkRequests = Pick<
  ServiceApi,
  'cancel' | 'rerun' | 'setPriority' | 'highestPriority' | 'clear' | 'save' | 'list' | 'outline' | 'findJobs'
>

export function bulkRequests(service: JobService, session: Session): BulkRequests {
  const { bulk, history, queue } = service
  return {
    cancel: async ({ filter, reason }, work) => ({
      cancelled: await bulk.cancel(filter, 'user', { why: reason, from: session.window }, work),
    }),
    rerun: async ({ filter, environment, changes }, work) => ({
      jobs: await bulk.rerun(filter, { environment, ...(changes && { changes }) }, session, work),
    }),
    setPriority: async ({ filter, priority }, work) => ({ changed: await bulk.setPriority(filter, priority, work) }),
    highestPriority: async () => ({ priority: queue.highestPriority }),
    clear: ({ filter, unsaved }, work) => bulk.clear(filter, unsaved, work),
    save: async ({ filter, folder, which }, work) => ({ files: await history.save(filter, folder, which, work) }),
    list: ({ filter }) => history.list(filter),
    outline: ({ filter, after }) => history.outline(filter, after),
    findJobs: async ({ text }) => ({ ids: await findJobs(service, text) }),
  }
}
