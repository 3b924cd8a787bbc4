// Which part of the time is in sight: what the user has chosen, and how it follows what goes on.
import type { Lanes } from '../../core/timeline/lanes'
import { moved, spanOf, type TimeRange, within, zoomed } from '../../core/timeline/timeScale'

/** Room beside what there is, as a part of what is shown. */
const MARGIN = 0.02

/** `latest`: the last time of work without a long pause. `all`: from the first job. `free`: what the user has moved to. */
export type TimeMode = 'latest' | 'all' | 'free'

export class TimeWindow {
  mode: TimeMode = 'latest'
  #range: TimeRange = { from: 0, to: 1 }
  #all: TimeRange = { from: 0, to: 1 }
  /** The present was in sight when the user moved last: it stays there. */
  #isFollowing = false
  #now = 0

  get range(): TimeRange {
    return this.#range
  }

  /** What there is has changed, or time has passed. */
  update({ from, to, isRunning, lastStretch }: Lanes, now: number): void {
    const end = isRunning ? Math.max(now, to) : to
    const passed = now - this.#now
    this.#now = now
    if (from > to) return
    this.#all = withMargin({ from, to: end })
    if (this.mode === 'all') this.#range = this.#all
    else if (this.mode === 'latest')
      this.#range = lastStretch
        ? withMargin({ from: lastStretch.from, to: isRunning ? end : lastStretch.to })
        : this.#all
    else if (this.#isFollowing && isRunning) this.#range = moved(this.#range, passed)
  }

  show(mode: TimeMode): void {
    this.mode = mode
  }

  /** @param at the moment that stays where it is; the middle when there is none */
  zoom(factor: number, at = (this.#range.from + this.#range.to) / 2): void {
    this.#set(zoomed(this.#range, factor, at, spanOf(this.#all)))
  }

  /** @param part of what is shown, to the right when positive */
  pan(part: number): void {
    this.#set(moved(this.#range, part * spanOf(this.#range)))
  }

  /** Where this time is in sight. */
  reveal({ from, to }: TimeRange): void {
    const range = this.#range
    if (from >= range.from && from <= range.to && (to <= range.to || to - from > spanOf(range))) return
    this.#set(moved(range, from - range.from - spanOf(range) / 4))
  }

  #set(range: TimeRange): void {
    this.mode = 'free'
    this.#range = within(range, this.#all)
    this.#isFollowing = this.#range.to >= this.#now
  }
}

function withMargin({ from, to }: TimeRange): TimeRange {
  const margin = Math.max(1, (to - from) * MARGIN)
  return { from: from - margin, to: to + margin }
}
