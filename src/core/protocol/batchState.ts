// The state of a batch as a whole, on which its icon, its menu and its notification depend.
import type { JobState } from '../../api'
import type { BatchInfo } from './facts'
import { tally } from './format'

/**
 * Running or queued while jobs of it are, else its worst outcome: it has succeeded only when all of its jobs have. A cut
 * batch is cancelled at best, since not all of its jobs arrived; an open one is queued, since jobs may be added.
 */
export function batchState({ counts, sealed }: Pick<BatchInfo, 'counts' | 'sealed'>): JobState {
  const { running, queued, failed, unknown, cancelled } = tally(counts)
  if (running > 0) return 'running'
  if (queued > 0 || sealed === 'open') return 'queued'
  if (failed > 0) return 'failed'
  if (unknown > 0) return 'lost'
  return cancelled > 0 || sealed === 'cut' ? 'cancelled' : 'succeeded'
}
