// The messages between the page of a timeline and the extension. The page names jobs by their numbers and actions from a
// fixed list; each side checks what arrives with a schema of its own.
import type { JobInfo } from '../../api'
import type { TimelinePart } from '../timeline/bars'

/** What leads from a bar to its job. */
export const barActions = ['showJob', 'showOutput'] as const
export type BarAction = (typeof barActions)[number]

export type FromTimelinePage =
  /** The facts of the job of a bar are to be shown. */
  { type: 'describe'; seq: number } | { type: 'barAction'; action: BarAction; seq: number }

export type ToTimelinePage =
  | {
      type: 'state'
      /** Slots of the machine. */
      slots: number
      /** One sentence while nothing new can come. */
      message?: string
      /** What the page has to keep, so that VS Code can restore the tab. */
      kept: KeptTimeline
    }
  | { type: 'part'; part: TimelinePart }
  /** Of the job with this number; without one it is not in the history any more. */
  | { type: 'job'; seq: number; job?: JobInfo }

/** Which timeline a tab shows. */
export interface KeptTimeline {
  /** Of one batch alone. */
  batch?: { id: string; name: string }
}
