// From one bar to the next: what is under the pointer, beside the selected bar, and the next one that failed.
import { failedStates, jobStates } from '../../core/jobs/job'
import { NEVER } from '../../core/timeline/bars'
import type { KnownBars } from '../../core/timeline/knownBars'
import { firstAfter, type Lanes } from '../../core/timeline/lanes'

const failed = new Set(failedStates.map(state => jobStates.indexOf(state)))

/** The bar of a lane at this moment, or the nearest that is not farther away than `reach` milliseconds. */
export function barAt(
  bars: KnownBars,
  { lanes }: Lanes,
  lane: number,
  moment: number,
  reach: number,
): number | undefined {
  const list = lanes[lane] ?? []
  const { started, ended } = bars.arrays
  const next = firstAfter(bars, list, moment)
  const distance = (bar: number | undefined) => {
    if (bar === undefined) return Number.POSITIVE_INFINITY
    const end = ended[bar] === NEVER ? Number.POSITIVE_INFINITY : (ended[bar] as number)
    return Math.max((started[bar] as number) - moment, moment - end, 0)
  }
  const [before, after] = [list[next - 1], list[next]]
  const nearest = distance(before) <= distance(after) ? before : after
  return distance(nearest) <= reach ? nearest : undefined
}

export interface BarPlace {
  lane: number
  /** In the lane. */
  index: number
}

export function placeOf(bars: KnownBars, { lanes }: Lanes, bar: number): BarPlace | undefined {
  const start = bars.arrays.started[bar] as number
  for (const [lane, list] of lanes.entries())
    for (let index = firstAfter(bars, list, start) - 1; index >= 0; index--) {
      if (list[index] === bar) return { lane, index }
      if (bars.arrays.started[list[index] as number] !== start) break
    }
  return undefined
}

/** The bar beside one in its lane, or the nearest one in the lane above or below; the last of all without one. */
export function stepFrom(bars: KnownBars, lanes: Lanes, bar: number | undefined, step: Step): number | undefined {
  const place = bar === undefined ? undefined : placeOf(bars, lanes, bar)
  if (bar === undefined || !place) return lastOf(bars, lanes)
  const list = lanes.lanes[place.lane] ?? []
  if (step === 'left') return list[place.index - 1]
  if (step === 'right') return list[place.index + 1]
  const lane = place.lane + (step === 'up' ? -1 : 1)
  return barAt(bars, lanes, lane, bars.arrays.started[bar] as number, Number.POSITIVE_INFINITY)
}

export type Step = 'left' | 'right' | 'up' | 'down'

export function lastOf(bars: KnownBars, { lanes }: Lanes): number | undefined {
  return extreme(
    bars,
    lanes.map(list => list.at(-1)),
    (a, b) => a > b,
  )
}

export function firstOf(bars: KnownBars, { lanes }: Lanes): number | undefined {
  return extreme(
    bars,
    lanes.map(list => list[0]),
    (a, b) => a < b,
  )
}

function extreme(
  { arrays: { started } }: KnownBars,
  candidates: readonly (number | undefined)[],
  isBetter: (a: number, b: number) => boolean,
): number | undefined {
  let best: number | undefined
  for (const bar of candidates)
    if (bar !== undefined && (best === undefined || isBetter(started[bar] as number, started[best] as number)))
      best = bar
  return best
}

/** In the order of the starts, round the end; none when nothing has failed. */
export function nextFailed(bars: KnownBars, from: number | undefined, by: 1 | -1): number | undefined {
  const { started, state } = bars.arrays
  const order: number[] = []
  for (let i = 0; i < bars.count; i++) if (failed.has(state[i] as number) && started[i] !== NEVER) order.push(i)
  order.sort((a, b) => (started[a] as number) - (started[b] as number) || a - b)
  if (order.length === 0) return undefined
  const start = from === undefined ? Number.NEGATIVE_INFINITY : (started[from] as number)
  const isBeyond = (bar: number) => {
    const difference = (started[bar] as number) - start || bar - (from ?? -1)
    return by === 1 ? difference > 0 : difference < 0
  }
  return (by === 1 ? order.find(isBeyond) : order.findLast(isBeyond)) ?? order.at(by === 1 ? 0 : -1)
}
