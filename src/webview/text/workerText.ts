// The texts of a warm worker's row: description, tooltip and the label for screen readers.
import { joinWords } from '../../core/base/quoting'
import type { WorkerInfo } from '../../core/protocol/facts'
import { formatBytes, groupDigits } from '../../core/protocol/format'
import { clock, factLines } from './facts'

const stateIcons: Readonly<Record<WorkerInfo['state'], string>> = {
  starting: 'loading',
  // As notebooks show their kernels: a ring that waits, a disc that works.
  idle: 'circle-large-outline',
  busy: 'circle-large-filled',
  stopping: 'stop-circle',
}

/** The name of the codicon of a state. */
export function workerIcon(state: WorkerInfo['state']): string {
  return stateIcons[state]
}

/** The text beside the name: `idle, 37 done, pid 4242`. */
export function describeWorker({ state, served, pid }: WorkerInfo): string {
  const facts = [state, served > 0 && `${groupDigits(served)} done`, pid && `pid ${pid}`]
  return facts.filter(Boolean).join(', ')
}

export function workerMemory({ memoryBytes }: WorkerInfo): string {
  return memoryBytes === undefined ? '' : formatBytes(memoryBytes)
}

/** The label for screen readers; it leaves out what changes all the time. */
export function workerLabel({ name, state, owner }: WorkerInfo): string {
  return [`${name}, worker`, state, owner && `of ${owner}`].filter(Boolean).join(', ')
}

/** All facts, one a line. */
export function workerTooltip(worker: WorkerInfo): string {
  const { name, state, command, pid, startedAt, served, owner } = worker
  const facts: [string, string | undefined][] = [
    ['State', state],
    ['Served', `${groupDigits(served)} ${servedNoun(worker)}`],
    ['Kept for', owner === undefined ? 'jobs with the same command, folder and environment' : `requests of ${owner}`],
    ['Command', joinWords(command)],
    ['Process', pid === undefined ? undefined : String(pid)],
    ['Memory', workerMemory(worker)],
    ['Started', startedAt === undefined ? undefined : clock.format(startedAt)],
  ]
  return [name, ...factLines(facts)].join('\n')
}

/** An extension's own worker answers requests, all others run jobs. */
function servedNoun({ owner, served }: WorkerInfo): string {
  return `${owner === undefined ? 'job' : 'request'}${served === 1 ? '' : 's'}`
}
