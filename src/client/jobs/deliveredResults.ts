// Results of jobs and batches that another window, or an earlier one, may have submitted.
import type { BatchResult, JobResult, JobSpec } from '../../api'
import { isFinal, jobStates } from '../../core/jobs/job'
import type { DeliveredJob, Delivery } from '../../core/protocol/protocol'
import { orLate } from '../connection/untilKnown'
import { type HandleHost, JobHandle } from './jobHandle'
import { resultOf } from './jobResults'

type Counts = BatchResult<unknown>['counts']

export function deliveredResult(
  hub: HandleHost,
  delivery: Delivery,
): Promise<JobResult<unknown> | BatchResult<unknown>> {
  return 'job' in delivery ? jobResult(hub, delivery.job) : batchResult(hub, delivery)
}

async function jobResult(hub: HandleHost, { ended, stdout, protocol }: DeliveredJob): Promise<JobResult<unknown>> {
  const { command, cwd, id, name, owner } = ended.info
  const output = stdout === 'function' ? 'bytes' : stdout
  const spec = {
    name,
    command,
    cwd,
    ...(output !== undefined && { stdout: output }),
    ...(protocol !== undefined && { protocol }),
  } as JobSpec<unknown>
  const job = new JobHandle<unknown>({ hub, owner: { id: owner, resultsInHistory: false } }, spec, 0, id)
  return (await resultOf(job, ended)).result
}

async function batchResult(
  hub: HandleHost,
  { batch, round, collect }: Extract<Delivery, { batch: unknown }>,
): Promise<BatchResult<unknown>> {
  const { service } = hub.client
  const results: JobResult<unknown>[] = []
  for (let after: number | undefined = collect === false ? undefined : 0; after !== undefined; ) {
    const { jobs, next }: Awaited<ReturnType<typeof service.batchResults>> = await orLate(
      service.batchResults({ id: batch.id, after }),
    )
    for (const job of jobs) results.push(await jobResult(hub, job))
    after = next
  }
  const counts = Object.fromEntries(jobStates.filter(isFinal).map(state => [state, batch.counts[state] ?? 0])) as Counts
  return { round, sealed: batch.sealed === 'complete' ? 'complete' : 'cut', results, counts }
}
