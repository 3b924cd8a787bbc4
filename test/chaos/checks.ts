// What must hold when a round is over and everything is quiet. Each check returns what is wrong, as sentences.
import type { JobDelivery, JobInfo } from '../../src/api'
import { isFinal } from '../../src/core/jobs/job'
import type { BatchInfo, Summary } from '../../src/core/protocol/facts'
import type { Account, Accounts } from './accounts'
import { NEVER, type Plan, type PlannedJob } from './plan'
import { describe, type Found } from './processes'
import { specOf } from './specs'

/** Jobs of a plan by their tokens. */
export function plannedJobs({ steps }: Plan): Map<string, PlannedJob> {
  const jobs = steps.flatMap(({ step }) => (step.do === 'send' && 'jobs' in step.command ? step.command.jobs : []))
  return new Map(jobs.map(job => [job.token, job]))
}

/** The handlers of the batches of a plan. */
export function plannedBatches({ steps }: Plan): Map<string, string | undefined> {
  const batches = steps.flatMap(({ step }) => (step.do === 'send' && step.command.do === 'batch' ? [step.command] : []))
  return new Map(batches.map(({ token, handler }) => [token, handler]))
}

/** Every accepted job is in the list, and no job twice. */
export function missingJobs(accounts: Iterable<[string, Account]>, listed: readonly JobInfo[]): string[] {
  const byName = Map.groupBy(listed, ({ name }) => name)
  const twice = [...byName].filter(([, jobs]) => jobs.length > 1)
  const missing = [...accounts].filter(
    ([token, { id, isBatch }]) => id && !isBatch && byName.get(token)?.[0]?.id !== id,
  )
  return [
    ...twice.map(([token]) => `${token} is in the list twice.`),
    ...missing.map(([token]) => `${token} was accepted and is not in the list.`),
  ]
}

/** A job has ended as it may, as all say that know of it, and was run no more often than its attempts. */
export function wrongJob(job: JobInfo, planned: PlannedJob, accounts: Accounts): string[] {
  const { settled, given, runs, returnedIn } = accounts.of(job.name)
  const { retries = 0 } = specOf(planned)
  const subject = `${job.name} (${planned.kind}, ${job.id}): ${job.state}`
  const wrong: string[] = []
  if (!isFinal(job.state)) wrong.push(`${subject}, ${job.reason}, and nothing goes on.`)
  if (!isExpected(job, planned)) wrong.push(`${subject}, ${JSON.stringify(job.error)}, as no kill explains.`)
  // its window may hear of its end some milliseconds before that is on disk
  if (settled !== undefined && settled !== job.state && job.state !== 'lost')
    wrong.push(`${subject}, and its handle said ${settled}.`)
  if (given !== undefined && given !== job.state) wrong.push(`${subject}, and its handler was given ${given}.`)
  if (runs > job.attempts || job.attempts > retries + 1)
    wrong.push(`${subject}, and was run ${runs} times in ${job.attempts} attempts with ${retries} retries.`)
  if (job.state === 'succeeded' && runs === 0) wrong.push(`${subject}, and was never run.`)
  return [...wrong, ...wrongDelivery(subject, planned.handler, job.delivery, returnedIn.size)]
}

function isExpected({ state, error }: JobInfo, { kind }: PlannedJob): boolean {
  if (state === 'succeeded') return kind !== 'failing'
  if (state === 'lost') return true
  if (state !== 'failed' || error === undefined) return false
  if (error.kind === 'start') return error.message.includes('SIGKILL') // its worker
  if (error.kind === 'protocol') return error.message.includes('in the middle of') // killed while it wrote its answer
  return error.kind === 'signal' || (error.kind === 'exit' && kind === 'failing')
}

export function wrongBatch(
  token: string,
  batch: BatchInfo | undefined,
  handler: string | undefined,
  accounts: Accounts,
): string[] {
  if (!batch) return [`The batch ${token} is not there.`]
  const subject = `The batch ${token} (${batch.id})`
  const wrong = batch.endedAt === undefined ? [`${subject} has not ended: ${JSON.stringify(batch)}.`] : []
  return [...wrong, ...wrongDelivery(subject, handler, batch.delivery, accounts.of(token).returnedIn.size)]
}

/** No result is lost: it is delivered, which a handler knows of, or the service says that it is not. */
function wrongDelivery(
  subject: string,
  handler: string | undefined,
  delivery: JobDelivery | undefined,
  returned: number,
): string[] {
  if (handler === undefined) return delivery === undefined ? [] : [`${subject} has no handler, and is ${delivery}.`]
  if (delivery !== 'delivered' && delivery !== 'undelivered') return [`${subject}: its result is ${delivery}.`]
  if (delivery === 'delivered' && returned === 0)
    return [`${subject}: its result is delivered, and no handler returned.`]
  if (handler === NEVER && delivery === 'delivered')
    return [`${subject}: its result is delivered, and its handler throws.`]
  return []
}

/** What ran when the service was killed is lost. */
export function notLost(victims: ReadonlySet<string>, listed: readonly JobInfo[]): string[] {
  const byId = new Map(listed.map(job => [job.id, job]))
  return [...victims].flatMap(id => {
    const job = byId.get(id)
    if (job?.state === 'lost') return []
    return [`${job?.name ?? id} ran when the service was killed, and is ${job?.state ?? 'not in the list'}.`]
  })
}

/** Nothing is left but one service, its runners, and the workers that it shows. */
export function strangers(found: readonly Found[], summary: Summary | undefined, service: number): string[] {
  const shown = new Set(summary?.workers?.map(worker => worker.pid))
  const known = ({ pid, parent, what }: Found) =>
    what === 'service' ? pid === service : what === 'runner' ? parent === service : what === 'worker' && shown.has(pid)
  return found.filter(process => !known(process)).map(process => `There is still ${describe(process)}.`)
}
