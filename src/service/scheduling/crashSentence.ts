// Why the queue is paused after a crash of the service or a restart of the machine, with the current numbers.
import { countOf } from '../../core/protocol/format'

export interface Crash {
  /** How many jobs ran. */
  lost: number
  /** It was the machine. */
  isRestarted: boolean
}

export function crashSentence({ lost, isRestarted }: Crash, queued: number): string {
  const what = isRestarted ? 'The machine was restarted' : 'The job service ended unexpectedly'
  const meanwhile = lost > 0 ? ` while ${countOf(lost, 'job')} ran` : ''
  const next = queued > 0 ? `; resume to start the ${countOf(queued, 'queuedJob')}` : ''
  return `${what}${meanwhile}${next}.`
}
