// How an attempt is described in a list.
import { t } from '@vscode/l10n'
import type { AttemptInfo } from '../../core/jobs/attempts'
import { stateIcons } from '../../core/jobs/stateIcons'
import { formatBytes, formatDuration, stateLabels } from '../../core/protocol/format'
import { plainLabel } from './jobText'

export interface DescribedAttempt {
  label: string
  description: string
  detail?: string
}

/** @param clock formats a time */
export function describeAttempt(
  attempt: AttemptInfo,
  isLatest: boolean,
  clock: (at: number) => string,
): DescribedAttempt {
  const { number, state, startedAt, endedAt, exitCode, signal, message } = attempt
  const facts = [isLatest ? t`${stateLabels[state]}, the latest` : stateLabels[state]]
  if (signal) facts.push(signal)
  else if (exitCode) facts.push(t`exit ${exitCode}`)
  facts.push(startedAt === undefined ? t('not started') : clock(startedAt))
  if (startedAt !== undefined && endedAt !== undefined) facts.push(formatDuration(endedAt - startedAt))
  facts.push(sizes(attempt))
  return {
    label: `$(${stateIcons[state]}) ${t`Attempt ${number}`}`,
    description: facts.join(', '),
    ...(message !== undefined && { detail: plainLabel(message) }),
  }
}

function sizes({ stdoutBytes, stderrBytes }: AttemptInfo): string {
  const parts: string[] = []
  if (stdoutBytes > 0) parts.push(t`${formatBytes(stdoutBytes)} on stdout`)
  if (stderrBytes > 0) parts.push(t`${formatBytes(stderrBytes)} on stderr`)
  return parts.join(', ') || t('wrote nothing')
}
