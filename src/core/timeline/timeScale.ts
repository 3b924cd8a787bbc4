// The part of time that a timeline shows, and the marks of its axis.

/** Milliseconds since the epoch. */
export interface TimeRange {
  readonly from: number
  readonly to: number
}

/** No closer: jobs are timed in milliseconds. */
const SHORTEST_MS = 20

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const steps = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30].map(n => n * SECOND),
  ...[1, 2, 5, 10, 15, 30].map(n => n * MINUTE),
  ...[1, 2, 3, 6, 12].map(n => n * HOUR),
  ...[1, 2, 7, 14, 28].map(n => n * DAY),
]

export function spanOf({ from, to }: TimeRange): number {
  return to - from
}

/** @param factor below 1 shows less of the time, and larger. @param at stays where it is. */
export function zoomed(range: TimeRange, factor: number, at: number, longest: number): TimeRange {
  const span = Math.min(Math.max(spanOf(range) * factor, SHORTEST_MS), Math.max(longest, SHORTEST_MS))
  const from = at - ((at - range.from) / spanOf(range)) * span
  return { from, to: from + span }
}

export function moved({ from, to }: TimeRange, by: number): TimeRange {
  return { from: from + by, to: to + by }
}

/** Where some of what there is stays in sight. */
export function within(range: TimeRange, all: TimeRange): TimeRange {
  const span = spanOf(range)
  if (span >= spanOf(all)) return { from: all.from, to: all.from + span }
  const from = Math.min(Math.max(range.from, all.from - span * 0.1), all.to - span * 0.9)
  return { from, to: from + span }
}

export interface Tick {
  at: number
  /** Of the viewer's time zone. */
  label: string
}

/**
 * Marks at round moments of the viewer's time zone, with a date where a day begins.
 * @param most of them that have room
 */
export function ticksOf({ from, to }: TimeRange, most: number): Tick[] {
  const step = steps.find(ms => (to - from) / ms <= most) ?? Math.ceil((to - from) / most / DAY) * DAY
  const zone = new Date(from).getTimezoneOffset() * MINUTE
  const ticks: Tick[] = []
  for (let at = Math.ceil((from - zone) / step) * step + zone; at <= to; at += step)
    ticks.push({ at, label: labelOf(at, step) })
  return ticks
}

function labelOf(at: number, step: number): string {
  const date = new Date(at)
  const two = (n: number) => String(n).padStart(2, '0')
  const isMidnight = date.getHours() + date.getMinutes() + date.getSeconds() + date.getMilliseconds() === 0
  if (step >= DAY || (isMidnight && step >= MINUTE))
    return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  const minutes = `${two(date.getHours())}:${two(date.getMinutes())}`
  if (step >= MINUTE) return minutes
  const seconds = `${minutes}:${two(date.getSeconds())}`
  return step >= SECOND ? seconds : `${seconds}.${String(date.getMilliseconds()).padStart(3, '0')}`
}
