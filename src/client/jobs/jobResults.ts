// Results as a window makes them of what the service reports: the value within its time limit, why there is none, and a
// result that was not collected, read again from the history.
import { t } from '@vscode/l10n'
import type { JobError, JobInfo, JobResult, JobSpec } from '../../api'
import { finishLimitMs, tooLong } from '../../core/jobs/finishLimit'
import { type EndedJob, emptyTail, jobEnd } from '../../core/jobs/job'
import { messageProtocol } from '../../core/values/workerMessages'
import type { ServiceClient } from '../connection/serviceClient'
import { untilKnown } from '../connection/untilKnown'
import { reasonOf } from '../values/reasonOf'

function parseError(thrown: unknown, { spec }: { spec: Pick<JobSpec<unknown>, 'protocol'> }): JobError {
  const what = messageProtocol(spec.protocol) ? t('Its answer') : t('Its stdout')
  return { kind: 'parse', message: t`${what} could not be turned into a value: ${reasonOf(thrown)}` }
}

/** A function that never answers must not hold its job for ever; what it returns after the limit is dropped. */
async function withinLimit<T>(value: Promise<T>): Promise<T> {
  const ms = finishLimitMs(process.env.HEADLESS_JOBS_FINISH_SECONDS)
  let timer: NodeJS.Timeout | undefined
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(tooLong(ms))), ms)
  })
  try {
    return await Promise.race([value, tooLate])
  } finally {
    clearTimeout(timer)
  }
}

/** Why stdout could not be turned into a value; `undefined` when it could. */
export async function valueProblem(job: JobWithValue, ended: EndedJob): Promise<JobError | undefined> {
  try {
    await withinLimit(job.valueOf(ended))
    return undefined
  } catch (thrown) {
    return parseError(thrown, job)
  }
}

/** The facts and the result of an ended job: it has failed when its stdout could not be turned into a value. */
export async function resultOf(
  job: JobWithValue,
  ended: EndedJob,
): Promise<{ info: JobInfo; result: JobResult<unknown> }> {
  const { info } = ended
  const result = unsuccessful(ended)
  if (result) return { info, result }
  try {
    const value = job.owner.resultsInHistory ? undefined : await withinLimit(job.valueOf(ended))
    return { info, result: { ...jobEnd(ended), state: 'succeeded', value } }
  } catch (thrown) {
    const failed = { state: 'failed', error: parseError(thrown, job) } as const
    return { info: { ...info, ...failed }, result: { ...jobEnd(ended), ...failed } }
  }
}

/** The result of a job that has no value, since it did not succeed. */
function unsuccessful(ended: EndedJob): JobResult<never> | undefined {
  const { state, error } = ended.info
  if (state === 'succeeded') return undefined
  return { ...jobEnd(ended), state, ...(error && { error }) } as JobResult<never>
}

/** A job whose stdout is turned into a value in this window. */
interface JobWithValue {
  readonly spec: Pick<JobSpec<unknown>, 'protocol'>
  readonly owner: { readonly resultsInHistory: boolean }
  valueOf(ended: EndedJob): Promise<unknown>
}

/** A job whose result can be read again. */
interface EndedHandle<T> {
  readonly id: string
  readonly info: JobInfo
  readonly hub: { readonly client: ServiceClient }
  readValue(ended: EndedJob): Promise<T>
}

/** The result of an ended job whose handle has released it: the history has it, as long as it is not cleared. */
export async function readResult<T>(job: EndedHandle<T>): Promise<JobResult<T>> {
  const { client } = job.hub
  try {
    const ended = await untilKnown(client, () => client.service.getEnded({ id: job.id }))
    if (!ended) throw new Error(t('it is not in the history any more'))
    return (
      unsuccessful(ended) ?? { ...jobEnd(ended), state: 'succeeded', value: await withinLimit(job.readValue(ended)) }
    )
  } catch (thrown) {
    const ended = { info: job.info, tail: emptyTail }
    const message = t`Its result was not kept, and it could not be read again: ${reasonOf(thrown)}.`
    return unsuccessful(ended) ?? { ...jobEnd(ended), state: 'failed', error: { kind: 'lost', message } }
  }
}
