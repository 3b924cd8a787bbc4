// Lets the user pick a job or batch when a command was called without one.
import { t } from '@vscode/l10n'
import * as vscode from 'vscode'
import type { JobInfo, JobState } from '../../../api'
import type { StoredSpec } from '../../../core/jobs/job'
import type { BatchInfo } from '../../../core/protocol/facts'
import { countOf } from '../../../core/protocol/format'
import type { OwnedFilter, ServiceApi } from '../../../core/protocol/protocol'
import { describeBatch, describeJob } from '../../text/jobText'
import type { CommandContext } from './commandContext'
import { foundTargets } from './foundTargets'
import { type JobSelection, selectJobs } from './jobSelection'
import { clickedAlone, filtersOf, parseTargets, type Targets } from './targets'

/** Jobs and batches that are offered, the newest ones. */
const MAX_OFFERED = 200

export interface TargetQuestion {
  /** Completes “Which job …”. */
  placeholder: string
  /** Only these jobs, and batches that have some. */
  states?: readonly JobState[]
  /** Only those that have it. */
  has?: OwnedFilter['has']
  batches: boolean
  /** The label of an item for all jobs; absent when it is not offered. */
  everything?: string
  /** The message when there is nothing to pick. */
  none: string
}

interface TargetItem extends vscode.QuickPickItem {
  targets?: Targets
}

/** The targets of the argument, or those that the user picks; `undefined` when there are none. */
export async function targetsOf(
  { client }: CommandContext,
  argument: unknown,
  question: TargetQuestion,
): Promise<Targets | undefined> {
  const given = (await foundTargets(client, argument)) ?? parseTargets(argument)
  return given ?? (await pickTargets(client.service, question, {}))
}

/** The one job that is meant, of several that are selected the clicked one; of a batch the user picks one. */
export async function jobOf(
  context: CommandContext,
  argument: unknown,
  question: Omit<TargetQuestion, 'batches'>,
): Promise<JobInfo | undefined> {
  const { service } = context.client
  let targets = parseTargets(clickedAlone(argument))
  const [batchId] = targets?.batchIds ?? []
  if (!targets?.ids.length) {
    targets = await pickTargets(service, { ...question, batches: false }, batchId === undefined ? {} : { batchId })
  }
  const [id] = targets?.ids ?? []
  if (id === undefined) return undefined
  return jobWithId(service, id)
}

/** The same with what it was submitted with. */
export async function jobAndSpecOf(
  context: CommandContext,
  argument: unknown,
  question: Omit<TargetQuestion, 'batches'>,
): Promise<{ job: JobInfo; spec: StoredSpec } | undefined> {
  const job = await jobOf(context, argument, question)
  const spec = job && (await context.client.service.getSpec({ id: job.id }))
  return job && spec && { job, spec }
}

/** One of these jobs, which the user picks. */
export async function pickJob(
  { client: { service } }: CommandContext,
  within: OwnedFilter,
  question: Omit<TargetQuestion, 'batches'>,
): Promise<JobInfo | undefined> {
  const targets = await pickTargets(service, { ...question, batches: false }, within)
  const [id] = targets?.ids ?? []
  return id === undefined ? undefined : jobWithId(service, id)
}

async function jobWithId(service: ServiceApi, id: string): Promise<JobInfo | undefined> {
  const { jobs } = await service.list({ filter: { ids: [id], limit: 1 } })
  if (!jobs[0]) void vscode.window.showInformationMessage(t('This job is no longer in the history.'))
  return jobs[0]
}

async function pickTargets(
  service: ServiceApi,
  { placeholder, states, has, batches, everything, none }: TargetQuestion,
  within: OwnedFilter,
): Promise<Targets | undefined> {
  const filter = { ...within, ...(states && { states }), ...(has && { has }), limit: MAX_OFFERED }
  const { jobs, next } = await service.list({
    filter: within.batchId === undefined ? { all: true, ...filter } : filter,
  })
  if (jobs.length === 0) {
    void vscode.window.showInformationMessage(none)
    return undefined
  }
  const batchIds = batches ? [...new Set(jobs.map(job => job.batchId))].filter(id => id !== undefined) : []
  const infos = await Promise.all(batchIds.map(id => service.getBatch({ id })))
  const narrowed = states && { states: [...states] }
  const all: Targets = { ids: [], batchIds: [], all: true, ...narrowed }
  const items: TargetItem[] = [
    ...(everything && jobs.length > 1 ? [{ label: `$(check-all) ${everything}`, targets: all }] : []),
    ...section(
      t('Batches'),
      infos.filter(info => info !== undefined).map(batch => ofBatch(batch, narrowed)),
    ),
    ...section(t('Jobs'), jobs.map(ofJob)),
  ]
  const title =
    within.batchId === undefined
      ? countOf(jobs.length, next === undefined ? 'job' : 'newestJob')
      : t('Jobs of the batch')
  const { limit: _, ...whole } = filter
  const offered = batches ? selectJobs(service, [{ ...whole, all: true }]) : undefined
  offered?.catch(() => undefined) // awaited below, where the error matters
  const chosen = await vscode.window.showQuickPick(items, {
    title,
    placeHolder: placeholder,
    matchOnDescription: true,
    matchOnDetail: true,
    ignoreFocusOut: true, // VS Code returns the focus to the view after its menu, on a busy machine late
  })
  const targets = chosen?.targets
  return offered && targets && targets.ids.length === 0 ? limitToOffered(service, targets, await offered) : targets
}

/** Of all jobs or of a batch those that existed when the list was shown: the user has not seen later ones. */
async function limitToOffered(service: ServiceApi, targets: Targets, offered: JobSelection): Promise<Targets> {
  const there = new Set(offered.ids)
  const { ids } = await selectJobs(service, filtersOf(targets))
  return { ...targets, ids: ids.filter(id => there.has(id)), batchIds: [], all: false }
}

function section(label: string, items: readonly TargetItem[]): TargetItem[] {
  return items.length === 0 ? [] : [{ label, kind: vscode.QuickPickItemKind.Separator }, ...items]
}

function ofBatch(batch: BatchInfo, narrowed: { states: JobState[] } | undefined): TargetItem {
  return { ...describeBatch(batch), targets: { ids: [], batchIds: [batch.id], all: false, ...narrowed } }
}

function ofJob(job: JobInfo): TargetItem {
  return { ...describeJob(job), targets: { ids: [job.id], batchIds: [], all: false } }
}
