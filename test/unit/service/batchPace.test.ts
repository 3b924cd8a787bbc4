// How fast a batch goes and when it will have ended: nothing before it can be trusted, and not thrown off by what is unusual.
import { describe, expect, it } from 'vitest'
import { BatchPace } from '../../../src/service/jobs/batchPace'

/** The ends of jobs that take `ms` each, so many at once, the first ones longer by a warm-up. */
function paceOf({
  jobs,
  ms,
  atOnce = 1,
  warmUp = 0,
}: {
  jobs: number
  ms: number | ((i: number) => number)
  atOnce?: number
  warmUp?: number
}) {
  const pace = new BatchPace()
  const free = Array.from({ length: atOnce }, () => warmUp)
  const ends: { at: number; ms: number }[] = []
  for (let i = 0; i < jobs; i++) {
    const slot = free.indexOf(Math.min(...free))
    const took = typeof ms === 'number' ? ms : ms(i)
    const at = (free[slot] as number) + took
    ends.push({ at, ms: took + (i < atOnce ? warmUp : 0) })
    free[slot] = at
  }
  for (const end of ends.sort((a, b) => a.at - b.at)) pace.add(end.at, end.ms, atOnce)
  return (pace.jobsPerMs ?? 0) * 1000
}

describe('the pace of a batch', () => {
  it.each([[{ jobs: 0, ms: 1000 }], [{ jobs: 2, ms: 1000 }], [{ jobs: 7, ms: 1000, atOnce: 8 }]])(
    '%j says nothing yet',
    given => {
      expect(paceOf(given)).toBe(0)
    },
  )

  it.each([
    ['one after the other', { jobs: 3, ms: 1000 }, 1],
    ['a first wave, all at once', { jobs: 8, ms: 1000, atOnce: 8 }, 8],
    ['a wave and one more', { jobs: 9, ms: 1000, atOnce: 8 }, 8],
    ['many waves', { jobs: 200, ms: 1000, atOnce: 8 }, 8],
    ['a slow start', { jobs: 12, ms: 100, atOnce: 2, warmUp: 3000 }, 20],
    ['one outlier among few', { jobs: 5, ms: (i: number) => (i === 1 ? 60_000 : 1000), atOnce: 2 }, 2],
    ['one outlier among many', { jobs: 200, ms: (i: number) => (i === 100 ? 20_000 : 1000), atOnce: 4 }, 4],
    [
      'times that differ by nature',
      { jobs: 240, ms: (i: number) => (i % 5 === 0 ? 10_000 : 1000), atOnce: 4 },
      4 / 2.8,
    ],
  ])('%s', (_, given, expected) => {
    const pace = paceOf(given)
    expect(pace).toBeGreaterThan(expected * 0.75)
    expect(pace).toBeLessThan(expected * 1.3)
  })

  it('follows a change', () => {
    expect(paceOf({ jobs: 600, ms: i => (i < 300 ? 100 : 1000) })).toBeCloseTo(1, 1)
  })

  it('begins anew with a rerun', () => {
    const pace = new BatchPace()
    for (let i = 1; i <= 10; i++) pace.add(i * 1000, 1000, 1)
    pace.forget()
    expect(pace.jobsPerMs).toBeUndefined()
  })
})
