// What is to be drawn of a timeline.
import type { KnownBars } from '../../core/timeline/knownBars'
import type { Lanes } from '../../core/timeline/lanes'
import type { TimeRange } from '../../core/timeline/timeScale'

export interface Scene {
  readonly bars: KnownBars
  readonly lanes: Lanes
  readonly range: TimeRange
  /** Milliseconds since the epoch by the clock of the job service. */
  readonly now: number
  /** The moment of which numbers are shown; the end of the range when there is none. */
  readonly pointed?: number
  /** Index of a bar. */
  readonly selected?: number
}
