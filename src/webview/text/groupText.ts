// The texts of a group: the jobs of other windows, and jobs that were found and have something in common.
import { isJobState } from '../../core/jobs/job'
import { stateIcons } from '../../core/jobs/stateIcons'
import type { FindGrouping, GroupRow } from '../../core/protocol/facts'
import { countOf, groupDigits, stateLabels } from '../../core/protocol/format'

/** Of jobs that have nothing of the kind. */
const withoutLabel: Readonly<Record<FindGrouping, string>> = {
  batch: 'Single Jobs',
  state: '',
  failure: 'No Failure',
  queue: '',
}

const icons: Readonly<Record<FindGrouping, string>> = {
  batch: 'layers',
  state: 'circle-outline',
  failure: 'error',
  queue: 'list-ordered',
}

export function groupName({ found }: GroupRow): string {
  if (!found) return 'Other Windows'
  const { by, label } = found
  if (by === 'state' && isJobState(label))
    return `${stateLabels[label].charAt(0).toUpperCase()}${stateLabels[label].slice(1)}`
  return label || withoutLabel[by]
}

/** The name of a codicon. */
export function groupIcon({ found }: GroupRow): string {
  if (!found) return 'multiple-windows'
  const { by, label } = found
  if (by === 'state' && isJobState(label)) return stateIcons[label]
  return by === 'failure' && label === '' ? 'circle-outline' : icons[by]
}

export function groupTooltip(row: GroupRow): string {
  if (row.found) return `${groupName(row)}\n${countOf(row.entries, 'job')}`
  return 'Jobs and batches of windows with another folder.\nAll windows of this machine share the queue and its slots.'
}

/** For screen readers. */
export function groupLabel(row: GroupRow): string {
  const { entries, found } = row
  const number = found || entries !== 1 ? '' : '1 job or batch'
  return `${groupName(row)}, ${number || (found ? countOf(entries, 'job') : `${groupDigits(entries)} jobs and batches`)}`
}
