// The texts of a warm worker's row: description, tooltip and the label for screen readers.
import { t } from '@vscode/l10n'
import { joinWords } from '../../core/base/quoting'
import type { WorkerInfo } from '../../core/protocol/facts'
import { countOf, formatBytes, groupDigits } from '../../core/protocol/format'
import { clock, factLines } from './facts'

const stateIcons: Readonly<Record<WorkerInfo['state'], string>> = {
  starting: 'loading',
  // As notebooks show their kernels: a ring that waits, a disc that works.
  idle: 'circle-large-outline',
  busy: 'circle-large-filled',
  stopping: 'stop-circle',
}

const stateLabels: Readonly<Record<WorkerInfo['state'], string>> = {
  starting: t('starting'),
  idle: t('idle'),
  busy: t('busy'),
  stopping: t('stopping'),
}

/** The name of the codicon of a state. */
export function workerIcon(state: WorkerInfo['state']): string {
  return stateIcons[state]
}

/** The text beside the name: `idle, 37 done, pid 4242`. */
export function describeWorker({ state, served, pid }: WorkerInfo): string {
  const facts = [stateLabels[state], served > 0 && t`${groupDigits(served)} done`, pid && t`pid ${pid}`]
  return facts.filter(Boolean).join(', ')
}

export function workerMemory({ memoryBytes }: WorkerInfo): string {
  return memoryBytes === undefined ? '' : formatBytes(memoryBytes)
}

/** The label for screen readers; it leaves out what changes all the time. */
export function workerLabel({ name, state, owner }: WorkerInfo): string {
  return [t`${name}, worker`, stateLabels[state], owner && t`of ${owner}`].filter(Boolean).join(', ')
}

/** All facts, one a line. */
export function workerTooltip(worker: WorkerInfo): string {
  const { name, state, command, pid, startedAt, served, owner } = worker
  const facts: [string, string | undefined][] = [
    [t('State'), stateLabels[state]],
    // an extension's own worker answers requests, all others run jobs
    [t('Served'), countOf(served, owner === undefined ? 'job' : 'request')],
    [
      t('Kept for'),
      owner === undefined ? t('jobs with the same command, folder and environment') : t`requests of ${owner}`,
    ],
    [t('Command'), joinWords(command)],
    [t('Process'), pid === undefined ? undefined : String(pid)],
    [t('Memory'), workerMemory(worker)],
    [t('Started'), startedAt === undefined ? undefined : clock.format(startedAt)],
  ]
  return [name, ...factLines(facts)].join('\n')
}
