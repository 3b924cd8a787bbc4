// Which jobs and batches a command is about, parsed from its argument.

import { t } from '@vscode/l10n'
import type { JobState } from '../../../api'
import { isRecord } from '../../../core/base/records'
import { isJobState } from '../../../core/jobs/job'
import { parseTargetKey } from '../../../core/pages/rowTargets'
import type { OwnedFilter } from '../../../core/protocol/protocol'

export interface Targets {
  ids: string[]
  batchIds: string[]
  /** All jobs. */
  all: boolean
  /** Only those in one of these states. */
  states?: JobState[]
}

/** Ids in one filter, so that a request stays a small message. */
const MAX_IDS = 1000

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter(item => typeof item === 'string' && item !== '') : []
}

function one(value: unknown): string[] {
  return typeof value === 'string' && value !== '' ? [value] : []
}

/**
 * Accepts a job's id; `{ ids, batchIds }`, where an id may also be a target key of the view; a filter such as
 * `{ batchId, states }` or `{ all: true }`; and the argument of the view's context menu. `undefined` when it names
 * nothing: the user then picks.
 */
export function parseTargets(argument: unknown): Targets | undefined {
  if (typeof argument === 'string') return argument === '' ? undefined : { ids: [argument], batchIds: [], all: false }
  if (!isRecord(argument)) return undefined
  const keys = strings(argument.ids).map(id => parseTargetKey(id) ?? { kind: 'job', id })
  const idsOf = (kind: string) => keys.filter(key => key.kind === kind).map(key => key.id)
  const selectedIds = idsOf('job')
  const selectedBatches = [...idsOf('batch'), ...strings(argument.batchIds)]
  const clickedJob = one(argument.jobId)
  const clickedBatch = clickedJob.length > 0 ? [] : one(argument.batchId)
  const inSelection =
    clickedJob.some(id => selectedIds.includes(id)) || clickedBatch.some(id => selectedBatches.includes(id))
  const states = strings(argument.states).filter(isJobState)
  // a click on a row outside of the selection is about that row alone
  const alone = clickedJob.length + clickedBatch.length > 0 && !inSelection
  const targets: Targets = {
    ids: alone ? clickedJob : selectedIds,
    batchIds: alone ? clickedBatch : selectedBatches,
    all: argument.all === true,
    ...(states.length > 0 && { states }),
  }
  return targets.all || targets.ids.length + targets.batchIds.length > 0 ? targets : undefined
}

/** The argument of a command about one row: the clicked one, of several that are selected. */
export function clickedAlone(argument: unknown): unknown {
  if (!isRecord(argument)) return argument
  const isClicked = one(argument.jobId).length + one(argument.batchId).length > 0
  return isClicked ? { ...argument, ids: [], batchIds: [] } : argument
}

/** The filters that together name the targets, in the given states or those that the targets themselves name. */
export function filtersOf(targets: Targets, states: readonly JobState[] | undefined = targets.states): OwnedFilter[] {
  const narrowed = states && { states }
  if (targets.all) return [{ all: true, ...narrowed }]
  const filters: OwnedFilter[] = targets.batchIds.map(batchId => ({ batchId, ...narrowed }))
  for (let from = 0; from < targets.ids.length; from += MAX_IDS) {
    filters.push({ ids: targets.ids.slice(from, from + MAX_IDS), ...narrowed })
  }
  return filters
}

/**
 * The ids in `{ ids }`; `undefined` when the argument names none, which means all.
 *
 * @throws TypeError when they are not a list of ids: a request for some workers must not end all
 */
export function workerIdsOf(argument: unknown): string[] | undefined {
  const given = isRecord(argument) ? argument.ids : argument
  if (given === undefined || given === null) return undefined
  const ids = strings(given)
  if (!isRecord(argument) || !Array.isArray(given) || ids.length < given.length) {
    throw new TypeError(t('ids must be a list of the ids of warm workers, as in { ids: [id] }.'))
  }
  return ids
}

/**
 * The field of an argument object, if there is one.
 * @throws TypeError when it has another type
 */
export function optionOf<T extends 'string' | 'number' | 'boolean'>(
  argument: unknown,
  name: string,
  type: T,
): { string: string; number: number; boolean: boolean }[T] | undefined {
  const value = isRecord(argument) ? argument[name] : undefined
  if (value === undefined || value === null) return undefined
  if (typeof value !== type) throw new TypeError(t`${name} must be a ${type}, and is ${JSON.stringify(value)}.`)
  return value as { string: string; number: number; boolean: boolean }[T]
}

/** Whether an argument is meant as a job spec. */
export function hasCommand(argument: unknown): argument is Record<string, unknown> & { command: unknown } {
  return isRecord(argument) && 'command' in argument
}
