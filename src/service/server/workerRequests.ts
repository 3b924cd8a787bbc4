// Requests about the workers that windows hold, and about ending any warm worker.
import type { ServiceApi } from '../../core/protocol/protocol'
import type { JobService } from '../jobService'
import type { Session } from '../sessions/session'

type WorkerRequests = Pick<ServiceApi, 'startWorker' | 'request' | 'cancelRequests' | 'releaseReplies' | 'stopWorkers'>

export function workerRequests({ pools, sessionWorkers }: JobService, session: Session): WorkerRequests {
  return {
    startWorker: async p => sessionWorkers.start(p, session),
    request: ({ worker, request }) => sessionWorkers.request(worker, request),
    cancelRequests: async ({ worker, ids }) => sessionWorkers.cancel(worker, ids),
    releaseReplies: ({ worker, ids }) => sessionWorkers.release(worker, ids),
    stopWorkers: async ({ ids }) => {
      const named = ids && new Set(ids)
      return { stopped: pools.stop(named) + sessionWorkers.stop(named) }
    },
  }
}
