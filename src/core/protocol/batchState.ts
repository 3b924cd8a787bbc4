// The state of a batch as a whole: what its icon, its menu, its message and its sentence go by.
import type { JobState } from '../../api'
import type { BatchInfo } from './facts'
import { tally } from './format'

/**
 * What goes on in it, else the worst that has come out: it has succeeded only when all of its jobs have. One that was cut
 * is cancelled at best, since not all of its jobs arrived; one that is still open waits for more.
 */
export function batchState({ counts, sealed }: Pick<BatchInfo, 'counts' | 'sealed'>): JobState {
  const { running, queued, failed, unknown, cancelled } = tally(counts)
  if (running > 0) return 'running'
  if (queued > 0 || sealed === 'open') return 'queued'
  if (failed > 0) return 'failed'
  if (unknown > 0) return 'lost'
  return cancelled > 0 || sealed === 'cut' ? 'cancelled' : 'succeeded'
}
