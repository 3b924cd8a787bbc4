// Results as a window makes them: why stdout could not be turned into a value, and a result that was not kept, read
// again.
import type { JobError, JobInfo, JobResult, JobSpec } from '../../api'
import { type EndedJob, jobEnd } from '../../core/jobs/job'
import type { ServiceApi } from '../../core/protocol/protocol'
import { MAX_SENTENCE_BYTES, truncateText } from '../../core/protocol/truncate'
import { messageProtocol } from '../../core/values/workerMessages'

/** What somebody's function has thrown, in a sentence that fits into a message. */
export function reasonOf(thrown: unknown): string {
  return truncateText(thrown instanceof Error ? thrown.message : String(thrown), MAX_SENTENCE_BYTES)
}

export function parseError(thrown: unknown, { spec }: { spec: Pick<JobSpec<unknown>, 'protocol'> }): JobError {
  const what = messageProtocol(spec.protocol) ? 'Its answer' : 'Its stdout'
  return { kind: 'parse', message: `${what} could not be turned into a value: ${reasonOf(thrown)}` }
}

/** A job whose result can be read again. */
interface EndedHandle<T> {
  readonly id: string
  readonly info: JobInfo
  readonly hub: { readonly client: { readonly service: Pick<ServiceApi, 'getEnded'> } }
  readValue(ended: EndedJob): Promise<T>
}

/** The result of an ended job whose handle has let go of it: the history has it, as long as it is not cleared. */
export async function readResult<T>(job: EndedHandle<T>): Promise<JobResult<T>> {
  try {
    const ended = await job.hub.client.service.getEnded({ id: job.id })
    if (!ended) throw new Error('it is not in the history any more')
    const { state, error } = ended.info
    if (state !== 'succeeded') return { ...jobEnd(ended), state, ...(error && { error }) } as JobResult<T>
    return { ...jobEnd(ended), state, value: await job.readValue(ended) }
  } catch (thrown) {
    const message = `Its result was not kept, and it could not be read again: ${reasonOf(thrown)}.`
    const end = jobEnd({ info: job.info, tail: { stderr: '', stderrTruncated: false } })
    return { ...end, state: 'failed', error: { kind: 'lost', message } }
  }
}
