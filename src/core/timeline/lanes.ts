// Puts each bar into lanes, one a slot, and counts what ran and waited at a moment.
import { upperBound } from '../base/upperBound'
import { NEVER } from './bars'
import type { KnownBars } from './knownBars'
import type { TimeRange } from './timeScale'

/** The clock of a job has whole milliseconds: one that follows may seem to begin before the end of the one before. */
const OVERLAP_MS = 2
/** A pause of half an hour parts one stretch of work from the next. */
const PAUSE_MS = 30 * 60 * 1000

/** The bars of a lane by their start: indices of `KnownBars`. */
export type Lane = readonly number[]

export interface Lanes {
  readonly lanes: readonly Lane[]
  readonly counts: Counts
  /** From the first submission to the last end, milliseconds since the epoch; `running`: it ends with the present. */
  readonly from: number
  readonly to: number
  readonly isRunning: boolean
  /** The last time of work without a long pause: what somebody who opens a timeline most likely wants to see. */
  readonly lastStretch: TimeRange | undefined
}

/** Moments at which a number rises and falls, ascending. */
interface Steps {
  up: Float64Array
  down: Float64Array
}

export interface Counts {
  waiting: Steps
  running: Steps
}

/** @param slots of the machine: a job takes no more of them, whatever it asks for */
export function lanesOf(bars: KnownBars, slots: number): Lanes {
  const { started, ended, submitted } = bars.arrays
  const order = startedBars(bars)
  let from = Number.POSITIVE_INFINITY
  let to = Number.NEGATIVE_INFINITY
  for (let i = 0; i < bars.count; i++) {
    from = Math.min(from, submitted[i] as number)
    to = Math.max(to, submitted[i] as number, started[i] as number, ended[i] as number)
  }
  const isRunning = order.some(i => ended[i] === NEVER)
  return {
    lanes: placed(bars, order, slots),
    counts: countsOf(bars),
    from,
    to,
    isRunning,
    lastStretch: lastStretch(bars, order, to),
  }
}

/** By their start. */
function startedBars({ arrays: { started }, count }: KnownBars): Uint32Array {
  const order = new Uint32Array(count)
  let n = 0
  for (let i = 0; i < count; i++) if (started[i] !== NEVER) order[n++] = i
  return order.subarray(0, n).sort((a, b) => (started[a] as number) - (started[b] as number) || a - b)
}

/** @param to where what still runs ends */
function lastStretch({ arrays: { started, ended } }: KnownBars, order: Uint32Array, to: number): TimeRange | undefined {
  let last: TimeRange | undefined
  for (const bar of order) {
    const from = started[bar] as number
    const end = ended[bar] === NEVER ? to : (ended[bar] as number)
    last = last && from - last.to <= PAUSE_MS ? { from: last.from, to: Math.max(last.to, end) } : { from, to: end }
  }
  return last
}

/** Each in the lowest lanes that are free when it starts. */
function placed({ arrays }: KnownBars, order: Uint32Array, slots: number): number[][] {
  const { started, ended, cores } = arrays
  const lanes: number[][] = []
  const freeAt: number[] = []
  for (const bar of order) {
    const start = started[bar] as number
    const end = ended[bar] === NEVER ? Number.POSITIVE_INFINITY : (ended[bar] as number)
    let wanted = Math.min(cores[bar] as number, Math.max(1, slots))
    for (let lane = 0; wanted > 0; lane++) {
      if ((freeAt[lane] ?? 0) > start + OVERLAP_MS) continue
      freeAt[lane] = end
      const bars = lanes[lane]
      if (bars) bars.push(bar)
      else lanes[lane] = [bar]
      wanted--
    }
  }
  return lanes
}

/** An attempt that is retried goes back to those that wait. */
function countsOf({ arrays: { retry, submitted, started, ended }, count }: KnownBars): Counts {
  const waitUp: number[] = []
  const waitDown: number[] = []
  const runUp: number[] = []
  const runDown: number[] = []
  for (let i = 0; i < count; i++) {
    const [start, end] = [started[i] as number, ended[i] as number]
    if (retry[i] === 0) waitUp.push(submitted[i] as number)
    if (start !== NEVER) {
      waitDown.push(start)
      runUp.push(start)
      if (end !== NEVER) runDown.push(end)
      if (end !== NEVER && retry[i] !== 0) waitUp.push(end)
    } else if (end !== NEVER) waitDown.push(end)
  }
  const sorted = (moments: readonly number[]) => Float64Array.from(moments).sort()
  return {
    waiting: { up: sorted(waitUp), down: sorted(waitDown) },
    running: { up: sorted(runUp), down: sorted(runDown) },
  }
}

export function countAt({ up, down }: Steps, moment: number): number {
  return upTo(up, moment) - upTo(down, moment)
}

/** The same for many ascending moments. */
export function countsAt({ up, down }: Steps, moments: readonly number[]): number[] {
  const [first = 0] = moments
  let rose = upTo(up, first)
  let fell = upTo(down, first)
  return moments.map(moment => {
    while (rose < up.length && (up[rose] as number) <= moment) rose++
    while (fell < down.length && (down[fell] as number) <= moment) fell++
    return rose - fell
  })
}

/** How many are not later. */
function upTo(sorted: Float64Array, moment: number): number {
  return upperBound(sorted.length, i => sorted[i] as number, moment)
}

/** The place in a lane of the first bar that starts later; the one before it may be under way then. */
export function firstAfter({ arrays: { started } }: KnownBars, lane: Lane, moment: number): number {
  return upperBound(lane.length, i => started[lane[i] as number] as number, moment)
}
