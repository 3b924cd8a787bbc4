// Requests about named handlers and the results for them.
import { MAX_LIST_BYTES, MAX_LIST_ITEMS } from '../../core/protocol/limits'
import type { DeliveredJob, ServiceApi } from '../../core/protocol/protocol'
import type { JobService } from '../jobService'
import { endedBytes, type Session } from '../sessions/session'

type DeliveryRequests = Pick<ServiceApi, 'batchResults' | 'offerHandlers' | 'delivered' | 'deliverAgain'>

export function deliveryRequests(service: JobService, session: Session): DeliveryRequests {
  const { deliveries, offers } = service
  return {
    batchResults: async ({ id, after }) => batchResults(service, id, after ?? 0),
    offerHandlers: async offered => offers.set(session, offered),
    delivered: ({ answers }) => deliveries.answered(session, answers),
    deliverAgain: async ({ ids }) => ({ results: deliveries.again(ids) }),
  }
}

/** @param after how many places of the batch come before the page */
function batchResults(
  { batches, infos, places }: JobService,
  id: string,
  after: number,
): Awaited<ReturnType<DeliveryRequests['batchResults']>> {
  const batch = batches.byId(id)
  const jobs: DeliveredJob[] = []
  if (!batch) return { jobs }
  let bytes = 0
  const page = places.jobs(batch.record.seq, after, MAX_LIST_ITEMS)
  for (const job of page) {
    const delivered = infos.delivered(job)
    bytes += endedBytes(delivered.ended)
    if (jobs.length > 0 && bytes > MAX_LIST_BYTES) break
    jobs.push(delivered)
  }
  const next = after + jobs.length
  return next < batch.total ? { jobs, next } : { jobs }
}
