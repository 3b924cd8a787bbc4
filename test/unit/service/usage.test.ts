// What a job took in the course of its time is a bounded number of points, in which no peak disappears.
import { describe, expect, it } from 'vitest'
import { MAX_POINTS, UsageSeries } from '../../../src/service/history/usage'

describe('the curve of a job', () => {
  it('has a point for each sample of a short job', () => {
    const series = new UsageSeries()
    for (let at = 250; at < 60_000; at += 1000) series.add({ at, memoryBytes: at, cpuSeconds: at / 1000 })
    expect(series.points.length).toBe(60)
  })

  it('has no point for what changes between two samples, and few while nothing changes', () => {
    const series = new UsageSeries()
    for (let at = 0; at < 10_000; at += 100) series.add({ at, memoryBytes: 5, cpuSeconds: 1 })
    expect(series.points.map(({ at }) => at)).toEqual([0, 2000, 4000, 6000, 8000])
  })

  it('of a long job is coarser, and its peak and its end are in it', () => {
    const series = new UsageSeries()
    const peakAt = 7_777_000
    for (let at = 0; at <= 36_000_000; at += 1000)
      series.add({ at, memoryBytes: at === peakAt ? 1e9 : (at % 3000) + 1, cpuSeconds: at / 1000 })
    const { points } = series
    expect(points.length).toBeGreaterThan(MAX_POINTS / 4)
    expect(points.length).toBeLessThan(MAX_POINTS)
    expect(points.at(-1)?.at).toBeGreaterThan(35_000_000)
    expect(points.every(({ at }, i) => i === 0 || at > (points[i - 1]?.at ?? 0))).toBe(true)
  })

  it('keeps the higher memory of two points that become one', () => {
    const series = new UsageSeries()
    for (let i = 0; i < MAX_POINTS; i++) series.add({ at: i * 1000, memoryBytes: i === 40 ? 1e9 : i })
    expect(series.points.length).toBe(MAX_POINTS / 2)
    expect(Math.max(...series.points.map(({ memoryBytes }) => memoryBytes))).toBe(1e9)
  })
})
