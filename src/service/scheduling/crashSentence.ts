// Why the queue is paused after a crash of the service, with the current numbers.
import { countOf } from '../../core/protocol/format'

export function crashSentence(lost: number, queued: number): string {
  const meanwhile = lost > 0 ? ` while ${countOf(lost, 'job')} ran` : ''
  const next = queued > 0 ? `; resume to start the ${countOf(queued, 'queued job')}` : ''
  return `The job service ended unexpectedly${meanwhile}${next}.`
}
