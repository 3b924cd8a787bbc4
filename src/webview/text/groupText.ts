// The texts of a group: the jobs of other windows, and jobs that were found and have something in common.
import { t } from '@vscode/l10n'
import { isJobState } from '../../core/jobs/job'
import { stateIcons } from '../../core/jobs/stateIcons'
import type { FindGrouping, GroupRow } from '../../core/protocol/facts'
import { countOf, groupDigits, plural, stateLabels } from '../../core/protocol/format'

/** Of jobs that have nothing of the kind. */
const withoutLabel: Readonly<Record<FindGrouping, string>> = {
  batch: t('Single Jobs'),
  state: '',
  failure: t('No Failure'),
  queue: '',
}

const icons: Readonly<Record<FindGrouping, string>> = {
  batch: 'layers',
  state: 'circle-outline',
  failure: 'error',
  queue: 'list-ordered',
}

export function groupName({ found }: GroupRow): string {
  if (!found) return t('Other Windows')
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
  return t(
    'Jobs and batches of windows with another folder.\nAll windows of this machine share the queue and its slots.',
  )
}

/** For screen readers. */
export function groupLabel(row: GroupRow): string {
  const { entries, found } = row
  const number = plural(entries, t('1 job or batch'), t`${groupDigits(entries)} jobs and batches`)
  return `${groupName(row)}, ${found ? countOf(entries, 'job') : number}`
}
