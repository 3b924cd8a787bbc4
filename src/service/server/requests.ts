// The requests of a window, by subject, bound to its session.
import type { ServiceApi } from '../../core/protocol/protocol'
import type { JobService } from '../jobService'
import type { Session } from '../sessions/session'
import { bulkRequests } from './bulkRequests'
import { deliveryRequests } from './deliveryRequests'
import { historyRequests } from './historyRequests'
import { batchRequests, jobRequests } from './jobRequests'
import { serviceRequests } from './serviceRequests'
import type { Strangers } from './strangers'
import { workerRequests } from './workerRequests'

export function requestsOf(service: JobService, session: Session, strangers: Strangers): ServiceApi {
  return {
    ...jobRequests(service, session),
    ...batchRequests(service),
    ...bulkRequests(service, session),
    ...historyRequests(service),
    ...deliveryRequests(service, session),
    ...workerRequests(service, session),
    ...serviceRequests(service, session, strangers),
  }
}
