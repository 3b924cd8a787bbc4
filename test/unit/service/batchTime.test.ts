// The time of a batch is the time in which it worked: not the hours before a rerun, nor those of a pause.
import { describe, expect, it } from 'vitest'
import type { JobState } from '../../../src/api'
import { Batch } from '../../../src/service/jobs/batches'
import { elapsedText, isTicking, rowTooltip } from '../../../src/webview/text/rowText'
import { batchRecord } from '../../support/batchRecord'

const HOUR_MS = 3_600_000

/** One of its jobs goes from one state to another, as the ledger reports it. */
function move(batch: Batch, from: JobState, to: JobState, now: number): void {
  batch.count(from, -1)
  batch.count(to, 1)
  if (to === 'running') batch.record.started ??= now
  batch.updateTime(now)
}

function batchOf(jobs: number): Batch {
  const batch = new Batch(batchRecord('Squares'))
  batch.total = jobs
  batch.counts.queued = jobs
  return batch
}

function run(batch: Batch, from: number, to: number, state: JobState = 'succeeded'): void {
  move(batch, 'queued', 'starting', from)
  move(batch, 'starting', 'running', from)
  move(batch, 'running', state, to)
}

const shown = (batch: Batch, now: number) => elapsedText(batch.info(), now)
const ticks = (batch: Batch) => isTicking({ kind: 'batch', batch: batch.info(), expanded: false, place: 0, places: 1 })

/** A rerun takes the place of an ended job. */
function rerun(batch: Batch, state: JobState): void {
  batch.count(state, -1)
  batch.count('queued', 1)
  batch.record.ended = null
}

describe('the time of a batch', () => {
  it('leaves out the hours before a rerun', () => {
    const batch = batchOf(1)
    run(batch, 1000, 4000, 'failed')
    batch.end(4000)
    expect(shown(batch, HOUR_MS)).toBe('3.0s')
    rerun(batch, 'failed')
    expect(shown(batch, 9 * HOUR_MS)).toBe('3.0s')
    expect(ticks(batch)).toBe(false)
    move(batch, 'queued', 'running', 10 * HOUR_MS)
    expect(shown(batch, 10 * HOUR_MS + 2000)).toBe('5s')
    expect(ticks(batch)).toBe(true)
    move(batch, 'running', 'succeeded', 10 * HOUR_MS + 4000)
    batch.end(10 * HOUR_MS + 4000)
    expect(shown(batch, 20 * HOUR_MS)).toBe('7.0s')
    const tooltip = rowTooltip({ kind: 'batch', batch: batch.info(), expanded: false, place: 0, places: 1 })
    expect(tooltip).toMatch(/^Ended: .* after 7\.0s of work$/m)
    expect(tooltip).toMatch(/^Idle in between: 9h 59m$/m)
  })

  it('stands in a pause, and leaves it out', () => {
    const batch = batchOf(2)
    run(batch, 0, 2000)
    expect(shown(batch, HOUR_MS)).toBe('2.0s')
    expect(ticks(batch)).toBe(false)
    run(batch, HOUR_MS, HOUR_MS + 3000)
    batch.end(HOUR_MS + 3000)
    expect(shown(batch, 2 * HOUR_MS)).toBe('5.0s')
  })

  it('leaves out the hours before what was queued is cancelled', () => {
    const batch = batchOf(2)
    run(batch, 0, 2000)
    move(batch, 'queued', 'cancelled', HOUR_MS)
    batch.end(HOUR_MS)
    expect(shown(batch, HOUR_MS)).toBe('2.0s')
  })

  it('has the moments between its jobs in it', () => {
    const batch = batchOf(3)
    run(batch, 0, 1000)
    run(batch, 1100, 2000)
    run(batch, 2100, 3000)
    batch.end(3000)
    expect(shown(batch, HOUR_MS)).toBe('3.0s')
    expect(batch.info().idleMs).toBeUndefined()
  })

  it('goes on from what is in the store', () => {
    const before = batchOf(2)
    run(before, 0, 2000)
    const batch = new Batch({ ...before.record })
    Object.assign(batch.counts, before.counts)
    batch.setIdleSince(2000)
    expect(shown(batch, HOUR_MS)).toBe('2.0s')
    run(batch, HOUR_MS, HOUR_MS + 1000)
    batch.end(HOUR_MS + 1000)
    expect(shown(batch, HOUR_MS)).toBe('3.0s')
  })

  it('is none before its first job has started', () => {
    const batch = batchOf(1)
    expect(shown(batch, HOUR_MS)).toBe('')
    move(batch, 'queued', 'cancelled', HOUR_MS)
    batch.end(HOUR_MS)
    expect(shown(batch, HOUR_MS)).toBe('')
  })
})
