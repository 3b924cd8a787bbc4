// What is tried of a queue by “Test Queue…”: three jobs that show whether it can be reached, and does what jobs need.
import { t } from '@vscode/l10n'
import type { HeadlessJobsApi, Job, JobResult, JobSpec } from '../../../api'
import type { ServiceClient } from '../../../client/connection/serviceClient'
import { sentenceOf } from '../../../core/base/sentence'
import { waitsInSlurm } from '../../../core/jobs/slurmState'
import type { QueueInfo } from '../../../core/protocol/facts'
import { jobStateText } from '../../../core/protocol/format'

/** Jobs of people wait behind those of a test, and none waits longer for a slot. */
const PRIORITY = 1_000_000
const LIMIT_MS = 60_000
const LOOK_MS = 100
const BYTES = 256 * 1024
const EXIT_CODE = 7

export interface QueueCheck {
  label: string
  /** Resolves with one sentence when it does not work. */
  run(): Promise<string | undefined>
}

export interface CheckedQueue {
  readonly api: HeadlessJobsApi
  readonly client: ServiceClient
  readonly queue: string
}

/** With what was wrong with it before it was tried anew: the window may hear later that this is so no more. */
interface TriedQueue extends CheckedQueue {
  before?: QueueInfo | undefined
}

/** To be run one after the other: the first that fails says what the others would. */
export function queueChecks(queue: CheckedQueue): readonly QueueCheck[] {
  const checked: TriedQueue = { ...queue }
  return [
    { label: t('It can be reached'), run: () => reaches(checked) },
    { label: t('Bytes go there and come back'), run: () => bringsBytes(checked) },
    { label: t('Its exit codes are seen'), run: () => seesExitCode(checked) },
    { label: t('A job is cancelled there'), run: () => cancels(checked) },
  ]
}

function submit<T>({ api, queue }: CheckedQueue, what: string, spec: Partial<JobSpec<T>>): Job<T> {
  const common = { name: t`Test of ${queue}: ${what}`, queue, priority: PRIORITY, cwd: '/' }
  return api.submit<T>({ command: [], ...common, ...spec } as JobSpec<T>)
}

/** What the window knows of it. */
export const infoOf = ({ client, queue }: Pick<CheckedQueue, 'client' | 'queue'>): QueueInfo | undefined =>
  client.summary?.queues?.find(({ name }) => name === queue)

/** Why none of its jobs will run. */
function whyNone({ before, ...checked }: TriedQueue): string | undefined {
  const info = infoOf(checked)
  if (info?.paused) return t('The queue is paused: resume it first.')
  return before && info?.nextTryAt === before.nextTryAt ? undefined : info?.problem
}

/** Waits for what a job does, or for a reason why it never will. */
async function waitFor(checked: TriedQueue, job: Job<unknown>, isDone: () => boolean): Promise<string | undefined> {
  for (let waitedMs = 0; !isDone(); waitedMs += LOOK_MS) {
    const why = whyNone(checked)
    if (why !== undefined || waitedMs >= LIMIT_MS) {
      await job.cancel()
      return why ?? whyLate(job)
    }
    await new Promise(resolve => setTimeout(resolve, LOOK_MS))
  }
  return undefined
}

function whyLate({ info }: Job<unknown>): string {
  const seconds = LIMIT_MS / 1000
  if (!waitsInSlurm(info)) return t`Nothing of it ran within ${seconds} seconds: other jobs may have all of its slots.`
  const late = t`Nothing of it ran within ${seconds} seconds: it ${jobStateText(info)}.`
  return info.slurm?.remedy === undefined ? late : `${late} ${t`It does not begin by itself: ${info.slurm.remedy}.`}`
}

/** How it ended, or why it does not. */
async function ended<T>(checked: TriedQueue, job: Job<T>): Promise<JobResult<T> | string> {
  let result: JobResult<T> | undefined
  void job.result.then(ends => {
    result = ends
  })
  const why = await waitFor(checked, job, () => result !== undefined)
  return why ?? job.result
}

/** What is wrong with an end that was to be a good one. */
function problemIn(result: JobResult<unknown> | string): string | undefined {
  if (typeof result === 'string') return result
  return result.state === 'succeeded' ? undefined : (result.error?.message ?? t`The job is ${result.state}.`)
}

async function reaches(checked: TriedQueue): Promise<string | undefined> {
  const { client, queue } = checked
  const info = infoOf(checked)
  const job = submit(checked, t('reach it'), { command: ['true'] })
  await client.service.connectQueue({ queue }) // what was wrong may have been mended
  checked.before = info?.problem === undefined ? undefined : info
  return problemIn(await ended(checked, job))
}

async function bringsBytes(checked: TriedQueue): Promise<string | undefined> {
  const sent = Uint8Array.from({ length: BYTES }, (_, i) => (i * 31) % 251)
  const result = await ended(checked, submit<Uint8Array>(checked, t('bytes'), { command: ['cat'], stdin: sent }))
  const isSame = typeof result !== 'string' && result.state === 'succeeded' && Buffer.compare(result.value, sent) === 0
  return problemIn(result) ?? (isSame ? undefined : t('What came back is not what was sent.'))
}

async function seesExitCode(checked: TriedQueue): Promise<string | undefined> {
  const job = submit(checked, t('exit code'), { command: ['sh', '-c', `exit ${EXIT_CODE}`], okExitCodes: [EXIT_CODE] })
  const result = await ended(checked, job)
  if (typeof result === 'string') return result
  if (result.exitCode === EXIT_CODE) return undefined
  return t`The exit code was ${String(result.exitCode)} instead of ${EXIT_CODE}.`
}

async function cancels(checked: TriedQueue): Promise<string | undefined> {
  const job = submit(checked, t('cancel'), { command: ['sleep', '600'] })
  const why = await waitFor(checked, job, () => job.info.state === 'running')
  if (why !== undefined) return why
  await job.cancel()
  const { state } = await job.result
  return state === 'cancelled' ? undefined : t`The job is ${state} instead of cancelled.`
}

/** Never rejects. */
export async function outcomeOf(check: QueueCheck): Promise<string | undefined> {
  try {
    return await check.run()
  } catch (error) {
    return sentenceOf(error)
  }
}
