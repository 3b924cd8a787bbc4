// How durations, sizes, counts and states are written.
import { describe, expect, it } from 'vitest'
import { jobStates } from '../../../src/core/jobs/job'
import type { WorkerInfo } from '../../../src/core/protocol/facts'
import {
  coreHoursText,
  countOf,
  countsByState,
  formatBytes,
  formatDuration,
  formatElapsed,
  formatLeft,
  formatPercent,
  formatRate,
  groupDigits,
  listCounts,
  stateLabels,
  summaryText,
  tally,
  waitLabels,
  workersMemory,
  workersText,
} from '../../../src/core/protocol/format'
import { MAX_WORKERS_SHOWN } from '../../../src/core/protocol/limits'

describe('what is guessed', () => {
  it.each([
    [0, '1s'],
    [4400, '4s'],
    [19_400, '19s'],
    [33_000, '30s'],
    [87_000, '90s'],
    [91_000, '2m'],
    [59 * 60_000, '59m'],
    [64 * 60_000, '1h'],
    [85 * 60_000, '1h 20m'],
    [30 * 3_600_000, '1d 6h'],
    [48 * 3_600_000, '2d'],
  ])('%i ms left is %s', (ms, text) => {
    expect(formatLeft(ms)).toBe(text)
  })

  it.each([
    [1234.4, '1,234 jobs a second'],
    [2.54, '2.5 jobs a second'],
    [1, '1 job a second'],
    [0.2, '12 jobs a minute'],
    [1 / 60, '1 job a minute'],
    [0.001, '3.6 jobs an hour'],
    [1 / 50_000, '1.7 jobs a day'],
  ])('%f jobs a second are %s', (rate, text) => {
    expect(formatRate(rate)).toBe(text)
  })
})

describe('core hours', () => {
  it.each([
    [0, undefined],
    [0.099, undefined],
    [0.1, '0.1 core hours'],
    [1.04, '1 core hour'],
    [2.46, '2.5 core hours'],
    [9.97, '10 core hours'],
    [12.5, '13 core hours'],
    [123_456.7, '123,457 core hours'],
  ])('%d are written as %j', (hours, text) => {
    expect(coreHoursText(hours)).toBe(text)
  })
})

describe('durations', () => {
  it.each([
    [-5, '0s'],
    [999, '0s'],
    [59_999, '59s'],
    [60_000, '1m 00s'],
    [65_000, '1m 05s'],
    [3_599_999, '59m 59s'],
    [3_600_000, '1h 00m'],
    [86_399_000, '23h 59m'],
    [86_400_000, '1d 00h'],
    [400 * 86_400_000, '400d 00h'],
  ])('a clock at %i ms shows %s', (ms, text) => {
    expect(formatElapsed(ms)).toBe(text)
  })

  it.each([
    [-1, '0ms'],
    [0.4, '0ms'],
    [12, '12ms'],
    [99.9, '99ms'],
    [100, '0.1s'],
    [3000, '3.0s'],
    [3499, '3.4s'],
    [9999, '9.9s'],
    [10_000, '10s'],
    [65_000, '1m 05s'],
  ])('a measured %f ms is %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text)
  })
})

describe('sizes', () => {
  it.each([
    [0, '0 bytes'],
    [1, '1 byte'],
    [1023, '1023 bytes'],
    [1024, '1 KB'],
    [1536, '1.5 KB'],
    [64 * 1024, '64 KB'],
    [1024 * 1024 - 1, '1 MB'],
    [9.96 * 1024 ** 2, '10 MB'],
    [2 * 1024 ** 3, '2 GB'],
    [3000 * 1024 ** 5, '3000 PB'],
  ])('%i bytes are %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text)
  })
})

describe('counts', () => {
  it('are shown in full, digits grouped from the right', () => {
    expect([0, 12, 1234, 97_012, 1_234_567].map(groupDigits)).toEqual(['0', '12', '1,234', '97,012', '1,234,567'])
  })

  it('leaves out what there is none of', () => {
    expect(listCounts({ failed: 3, succeeded: 0, cancelled: 1 })).toBe('3 failed, 1 cancelled')
    expect(listCounts({ failed: -2 })).toBe('')
    expect(listCounts({ queued: 19_999, unknown: 2 })).toBe('19,999 queued, 2 outcome unknown')
  })
})

describe('states', () => {
  it('counts every state once', () => {
    const counts = Object.fromEntries(jobStates.map(state => [state, 1]))
    const sums = Object.values(tally(counts))
    expect(sums.reduce((a, b) => a + b, 0)).toBe(jobStates.length)
  })

  it('takes a job that never ran because of another for failed, one of unknown outcome for neither', () => {
    expect(tally({ dependencyFailed: 1, lost: 2, failed: 4 })).toMatchObject({ failed: 5, unknown: 2 })
  })

  it('are listed one by one, each that occurs', () => {
    const texts = countsByState(Object.fromEntries(jobStates.map((state, n) => [state, n + 1000])))
    expect(texts).toHaveLength(jobStates.length)
    expect(new Set(texts.map(words => words.replace(/^1,\d+ /, ''))).size).toBe(jobStates.length)
    expect(countsByState({ succeeded: 0, lost: 1 })).toEqual(['1 outcome unknown'])
  })

  it('shows what is going on, else what has come out', () => {
    expect(summaryText({ starting: 1, running: 2, queued: 12, failed: 9 })).toBe('2 running, 13 queued')
    expect(summaryText({ succeeded: 197, failed: 3 })).toBe('3 failed, 197 succeeded')
    expect(summaryText({ succeeded: 197, lost: 3 })).toBe('3 outcome unknown, 197 succeeded')
    expect(summaryText({})).toBe('No jobs')
  })

  it('has a word of its own for each state and each reason to wait', () => {
    for (const labels of [stateLabels, waitLabels]) {
      const words = Object.values(labels)
      expect(new Set(words).size).toBe(words.length)
      expect(words.every(word => word.length > 0)).toBe(true)
    }
    expect(stateLabels.lost).toBe('Outcome unknown')
  })
})

describe('percent', () => {
  it('is every whole number of a program that counts in hundredths', () => {
    for (let n = 0; n <= 100; n++) expect(formatPercent(n / 100)).toBe(`${n}%`)
  })

  it('is rounded down', () => {
    expect([0.0099, 0.999, 1].map(formatPercent)).toEqual(['0%', '99%', '100%'])
  })
})

describe('warm workers', () => {
  const worker = (more: Partial<WorkerInfo> = {}): WorkerInfo => ({
    id: 'w',
    name: 'segment.py',
    state: 'idle',
    command: ['segment.py'],
    served: 0,
    ...more,
  })

  it('are counted, and those that are busy', () => {
    expect(workersText([worker()])).toBe('1 warm worker')
    expect(workersText([worker(), worker({ state: 'busy' }), worker({ state: 'starting' })])).toBe(
      '3 warm workers, 1 busy',
    )
  })

  it('may be more than are sent', () => {
    expect(workersText(Array(MAX_WORKERS_SHOWN).fill(worker()))).toBe('50 or more warm workers')
  })

  it('take memory together, as far as it is known', () => {
    const [known, unknown] = [worker({ memoryBytes: 90 * 1024 * 1024 }), worker()]
    expect(workersMemory([known, unknown, known])).toBe('180 MB')
    expect(workersMemory([unknown])).toBe('')
  })
})

it.each([
  [0, 'job', '0 jobs'],
  [1, 'job', '1 job'],
  [2000, 'job', '2,000 jobs'],
  [1, 'batch', '1 batch'],
  [2, 'batch', '2 batches'],
] as const)('%d times %s is %s', (n, what, text) => {
  expect(countOf(n, what)).toBe(text)
})
