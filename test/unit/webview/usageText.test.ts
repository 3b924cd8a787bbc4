// What the details of a job say of its turn, of its curves and of its forced end.
import { describe, expect, it } from 'vitest'
import type { JobInfo } from '../../../src/api'
import type { WorkRow } from '../../../src/core/protocol/facts'
import { describeRow, rowTooltip } from '../../../src/webview/text/rowText'
import { curvesOf, turnWords } from '../../../src/webview/text/usageText'
import { jobInfo } from '../../support/jobInfo'

describe('the turn of a job', () => {
  it.each([
    [1, '1st'],
    [2, '2nd'],
    [3, '3rd'],
    [4, '4th'],
    [11, '11th'],
    [12, '12th'],
    [113, '113th'],
    [121, '121st'],
    [1002, '1,002nd'],
  ])('%i is said as %s', (place, words) => {
    expect(turnWords({ place, of: 2000 })).toBe(`${words} of 2,000 in the queue`)
  })
})

describe('the curves of a job', () => {
  const MB = 1024 ** 2
  const usage = [
    { at: 1000, memoryBytes: 100 * MB, cpuSeconds: 1 },
    { at: 2000, memoryBytes: 300 * MB, cpuSeconds: 5 },
    { at: 4000, memoryBytes: 200 * MB, cpuSeconds: 8 },
  ]

  it('are its memory and the cores that it used', () => {
    const [memory, cpu] = curvesOf(usage)
    expect(memory?.label).toBe('Memory in 4s: 200 MB in the end, 300 MB at most')
    expect(cpu?.points.map(({ value }) => value)).toEqual([1, 4, 1.5])
    expect([cpu?.words, cpu?.label]).toEqual(['max 4 cores', 'CPU in 4s: 1.5 cores in the end, 4 cores at most'])
  })

  it('are not there for a short job, nor that of the CPU where the platform does not report it', () => {
    expect(curvesOf(usage.slice(0, 1))).toEqual([])
    expect(curvesOf()).toEqual([])
    expect(curvesOf(usage.map(({ at, memoryBytes }) => ({ at, memoryBytes }))).length).toBe(1)
  })
})

describe('the end of a cancelled job', () => {
  const row = (differences: Partial<JobInfo>): WorkRow => ({
    kind: 'job',
    job: jobInfo('fit', { state: 'stopping', startedAt: 0, ...differences }),
    depth: 0,
    place: 0,
    places: 1,
  })

  it('is counted down to the moment at which it is forced', () => {
    const stopping = row({ forceAt: 10_000 })
    expect(describeRow(stopping, 6_500)).toMatch(/, forced in 4s$/)
    expect(describeRow(stopping, 9_999)).toMatch(/, forced in 1s$/)
    expect(describeRow(stopping, 10_001)).toMatch(/, being forced$/)
    expect(rowTooltip(stopping, 6_500)).toContain('\nForced end: forced in 4s')
    expect(describeRow(row({ forceAt: 10_000, state: 'cancelled', endedAt: 8_000 }), 9_000)).not.toContain('force')
  })

  it('says who cancelled it, and that it was forced', () => {
    const tooltip = rowTooltip(
      row({ state: 'cancelled', endedAt: 9, endedBy: 'user', cancelledFrom: 'atlas', forced: true }),
    )
    expect(tooltip).toContain('\nEnded by: a person or an extension, in the window “atlas”')
    expect(tooltip).toContain('\nForced end: it did not end by itself when it was asked to')
  })
})
