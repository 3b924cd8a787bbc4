// The bars of a timeline, their lanes, what ran and waited when, and the axis.
import { expect, test } from 'vitest'
import { jobStates } from '../../../src/core/jobs/job'
import { addBar, type Bar, NEVER, noBars, noUsage, type TimelinePart } from '../../../src/core/timeline/bars'
import { KnownBars } from '../../../src/core/timeline/knownBars'
import { countAt, countsAt, lanesOf } from '../../../src/core/timeline/lanes'
import { ticksOf, within, zoomed } from '../../../src/core/timeline/timeScale'

const T = 1_700_000_000_000
const succeeded = jobStates.indexOf('succeeded')

type Given = readonly [started: number, ended: number, more?: Partial<Bar>]

function partOf(given: readonly Given[], more: Partial<TimelinePart> = {}): TimelinePart {
  const bars = noBars(T)
  for (const [i, [started, ended, rest]] of given.entries())
    addBar(bars, {
      ...{ seq: i + 1, retry: 0, state: succeeded, cores: 1, submitted: T },
      started: started === NEVER ? NEVER : T + started,
      ended: ended === NEVER ? NEVER : T + ended,
      ...rest,
    })
  return { bars, removed: [], usage: noUsage(), now: T, ...more }
}

function known(...given: readonly Given[]): KnownBars {
  const bars = new KnownBars()
  bars.apply(partOf(given))
  return bars
}

const lanes = (bars: KnownBars, slots = 4) =>
  lanesOf(bars, slots).lanes.map(lane => lane.map(bar => bars.arrays.seq[bar]))

test('a bar is in the lowest lane that is free when it starts', () => {
  expect(lanes(known([0, 100], [10, 50], [60, 70], [100, 120]))).toEqual([
    [1, 4],
    [2, 3],
  ])
})

test('one that starts in the millisecond in which another ends follows in its lane', () => {
  expect(lanes(known([0, 100], [99, 200]))).toEqual([[1, 2]])
})

test('what still runs keeps its lane, and what has never started has none', () => {
  const bars = known([0, NEVER], [500, 600], [NEVER, 50], [NEVER, NEVER])
  expect(lanes(bars)).toEqual([[1], [2]])
  expect(lanesOf(bars, 4)).toMatchObject({ isRunning: true, from: T, to: T + 600 })
})

test('a job with several cores has as many lanes, but no more than there are slots', () => {
  expect(lanes(known([0, 25, { cores: 2 }], [10, 20], [30, 40, { cores: 2 ** 53 }]), 3)).toEqual([
    [1, 3],
    [1, 3],
    [2, 3],
  ])
})

test('what waited and what ran is counted at each moment, also between the attempts of a job', () => {
  const bars = known([10, 30], [30, 40], [NEVER, 20])
  bars.apply(partOf([[10, 20, { seq: 7, retry: 1 }]], { bars: partOf([[10, 20, { seq: 7, retry: 1 }]]).bars }))
  bars.apply(partOf([[40, 50, { seq: 7 }]]))
  const { counts } = lanesOf(bars, 4)
  const at = (ms: number) => [countAt(counts.waiting, T + ms), countAt(counts.running, T + ms)]
  expect(at(-1)).toEqual([0, 0])
  expect(at(0)).toEqual([4, 0])
  expect(at(10)).toEqual([2, 2]) // two run, one waits, one will be cancelled
  expect(at(25)).toEqual([2, 1]) // the retried one waits again
  expect(at(35)).toEqual([1, 1])
  expect(at(60)).toEqual([0, 0])
  const moments = [-1, 0, 10, 25, 35, 60]
  for (const from of moments.keys()) {
    const rest = moments.slice(from)
    const along = [counts.waiting, counts.running].map(steps =>
      countsAt(
        steps,
        rest.map(ms => T + ms),
      ),
    )
    expect(rest.map((_, i) => along.map(each => each[i]))).toEqual(rest.map(at))
  }
})

test('a changed bar replaces the old one, a removed one goes with its attempts, and anew begins with nothing', () => {
  const bars = known([0, NEVER], [5, 10])
  bars.apply(partOf([[0, 80]]))
  expect(bars.count).toBe(2)
  expect(bars.arrays.ended[bars.indexOf(1, 0) as number]).toBe(T + 80)
  bars.apply(partOf([[1, 2, { seq: 1, retry: 1 }]]))
  expect(bars.count).toBe(3)
  bars.apply(partOf([], { removed: [1] }))
  expect([bars.count, bars.indexOf(1, 0), bars.indexOf(2, 0)]).toEqual([1, undefined, 0])
  bars.apply(partOf([[0, 1]], { anew: true }))
  expect(bars.count).toBe(1)
})

test('thousands of bars grow the arrays', () => {
  const bars = known(...Array.from({ length: 5000 }, (_, i): Given => [i * 10, i * 10 + 5]))
  expect(bars.count).toBe(5000)
  expect(lanes(bars)).toEqual([Array.from({ length: 5000 }, (_, i) => i + 1)])
})

test('the last stretch of work is what follows the last long pause', () => {
  const hour = 3600_000
  const bars = known([0, 1000], [2 * hour, 2 * hour + 500], [2 * hour + 600, 2 * hour + 900])
  expect(lanesOf(bars, 1).lastStretch).toEqual({ from: T + 2 * hour, to: T + 2 * hour + 900 })
})

test('a zoom keeps the moment under the pointer, and neither zoom nor pan leaves what there is', () => {
  const range = zoomed({ from: 0, to: 1000 }, 0.5, 250, 1000)
  expect(range).toEqual({ from: 125, to: 625 })
  expect(zoomed({ from: 0, to: 1000 }, 1e-9, 500, 1000)).toEqual({ from: 490, to: 510 })
  expect(zoomed({ from: 0, to: 1000 }, 9, 500, 2000).to).toBe(1500)
  const there = within({ from: 5000, to: 5100 }, { from: 0, to: 1000 })
  expect(there.from).toBeLessThan(1000)
})

test('marks are at round moments, and say the date where a day begins', () => {
  const at = new Date(2026, 10, 27, 23, 59, 30).getTime()
  const labels = (span: number, most: number) => ticksOf({ from: at, to: at + span }, most).map(({ label }) => label)
  expect(labels(60_000, 4)).toEqual(['23:59:30', '23:59:45', '00:00:00', '00:00:15', '00:00:30'])
  expect(labels(180_000, 3)).toEqual(['2026-11-28', '00:01', '00:02'])
  expect(labels(100, 5)).toEqual([
    '23:59:30.000',
    '23:59:30.020',
    '23:59:30.040',
    '23:59:30.060',
    '23:59:30.080',
    '23:59:30.100',
  ])
  expect(labels(400 * 86_400_000, 5).length).toBeLessThanOrEqual(6)
})
