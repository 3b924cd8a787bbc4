// Requests about what the service knows of a job or a batch.
import { isFinal } from '../../core/jobs/job'
import { MAX_BATCH_NAMES } from '../../core/protocol/limits'
import type { ServiceApi } from '../../core/protocol/protocol'
import { truncateJob, truncateText } from '../../core/protocol/truncate'
import { coreHoursOf } from '../history/batchCost'
import type { JobService } from '../jobService'
import { attemptsReply } from '../jobs/attempts'
import { readOutput } from '../views/output'

type HistoryRequests = Pick<
  ServiceApi,
  'attempts' | 'place' | 'getBatch' | 'batchNames' | 'getSpec' | 'getEnded' | 'output'
>

export function historyRequests(service: JobService): HistoryRequests {
  const { activeJobs, batches, infos, lookup, queue, store, usage } = service
  return {
    attempts: async ({ id, before }) => {
      const job = lookup.latestAt(id)
      return job ? attemptsReply(store, job, before) : { attempts: [] }
    },
    place: async ({ id }) => {
      const job = lookup.latestAt(id)
      if (!job) return null
      const turn = queue.turnOf(job)
      const points = usage.of(job)
      return {
        first: lookup.firstAt(job)?.id ?? job.id,
        latest: truncateJob(infos.info(job)),
        ...(turn && { turn }),
        ...(points.length > 1 && { usage: points }),
      }
    },
    getBatch: async ({ id, cost }) => {
      const batch = batches.byId(id)
      const coreHours = batch && cost && (await coreHoursOf(store, batch.record.seq, Date.now()))
      return batch && { ...infos.batch(batch), ...(coreHours !== undefined && { coreHours }) }
    },
    batchNames: async ({ text }) => ({
      names: batches.namesWith(text, MAX_BATCH_NAMES).map(name => truncateText(name)),
    }),
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
