// What a row, the header, the status bar and a message say of a batch that did not succeed whole: the same everywhere.
import { describe, expect, it } from 'vitest'
import type { JobInfo } from '../../../src/api'
import type { BatchInfo, Summary, WorkRow } from '../../../src/core/protocol/facts'
import { messageOf, OWN_ID } from '../../../src/extension/text/notificationModel'
import { statusText } from '../../../src/extension/text/statusText'
import { crashSentence } from '../../../src/service/scheduling/crashSentence'
import { announcement } from '../../../src/webview/text/announcement'
import { describeRow, rowLabel, rowState, rowTooltip } from '../../../src/webview/text/rowText'

function batch(more: Partial<BatchInfo>): BatchInfo {
  const { counts = {} } = more
  const total = Object.values(counts).reduce((sum, n) => sum + n, 0)
  return { id: 'b', name: 'Squares', owner: OWN_ID, sealed: 'complete', submittedAt: 0, total, counts, ...more }
}

function rowOf(info: BatchInfo): WorkRow {
  return { kind: 'batch', batch: info, expanded: false, place: 0, places: 1 }
}

const partly = batch({ counts: { succeeded: 68, cancelled: 32 } })
const lost = batch({ counts: { succeeded: 98, lost: 2 } })

describe('a batch of which some were cancelled', () => {
  it('is cancelled in its row, and names how many', () => {
    expect(rowState(rowOf(partly))).toBe('cancelled')
    expect(rowLabel(rowOf(partly), 0)).toBe('Squares, batch, 68 succeeded, 32 cancelled')
    expect(rowTooltip(rowOf(partly))).toContain('Jobs: 100, 68 succeeded, 32 cancelled')
  })

  it('is shown with a warning', () => {
    expect(messageOf([], [partly])).toEqual({
      severity: 'warning',
      text: '“Squares” has completed: 68 succeeded, 32 cancelled.',
    })
    expect(messageOf([], [batch({ counts: { succeeded: 100 } })])?.severity).toBe('information')
  })
})

describe('jobs whose outcome is unknown', () => {
  it('have words of their own in the row, and are not called failed', () => {
    expect(rowState(rowOf(lost))).toBe('lost')
    for (const text of [rowLabel(rowOf(lost), 0), rowTooltip(rowOf(lost)), messageOf([], [lost])?.text]) {
      expect(text).toContain('2 outcome unknown')
      expect(text).not.toContain('failed')
    }
  })

  it('are read by a screen reader, and shown in the status bar', () => {
    expect(announcement({ running: 3 }, { lost: 2, failed: 1 })).toBe('1 failed, 2 outcome unknown')
    const summary: Summary = { counts: { lost: 1 }, paused: false, concurrency: 2, concurrencyWhy: '', slotsTaken: 0 }
    expect(statusText('connected', summary).tooltip).toContain('Jobs: 1 outcome unknown.')
  })

  it('are not failures in a message about several jobs', () => {
    const job = (name: string, state: JobInfo['state']) => ({ name, state, id: name }) as JobInfo
    expect(messageOf([job('a', 'lost'), job('b', 'cancelled'), job('c', 'succeeded')], [])?.text).toBe(
      'Jobs: 1 cancelled, 1 outcome unknown: “a”, “b”; 1 other job succeeded.',
    )
  })
})

describe('a batch that was cut', () => {
  const cut = batch({ counts: { succeeded: 5 }, sealed: 'cut' })

  it('has not succeeded, and shows why', () => {
    expect(rowState(rowOf(cut))).toBe('cancelled')
    expect(describeRow(rowOf(cut), 0)).toBe('5 jobs, not all jobs arrived')
    expect(rowLabel(rowOf(cut), 0)).toBe('Squares, batch, 5 succeeded, not all jobs arrived')
    expect(messageOf([], [cut])).toEqual({
      severity: 'warning',
      text: '“Squares” has completed: 5 succeeded. Not all of its jobs arrived.',
    })
  })
})

describe('numbers', () => {
  it('are whole in rows, however large', () => {
    expect(describeRow(rowOf(batch({ counts: { queued: 19_999, running: 1 } })), 0)).toBe(
      '0%, 1 running, 19,999 queued',
    )
    expect(describeRow(rowOf(batch({ counts: { succeeded: 1_234_567 } })), 0)).toBe('1,234,567 jobs')
  })
})

it('the reason of a pause counts what is queued now', () => {
  expect(crashSentence({ lost: 2, isRestarted: false }, 19_999)).toBe(
    'The job service ended unexpectedly while 2 jobs ran; resume to start the 19,999 queued jobs.',
  )
  expect(crashSentence({ lost: 1, isRestarted: false }, 1)).toBe(
    'The job service ended unexpectedly while 1 job ran; resume to start the 1 queued job.',
  )
  expect(crashSentence({ lost: 0, isRestarted: false }, 0)).toBe('The job service ended unexpectedly.')
  expect(crashSentence({ lost: 0, isRestarted: true }, 2)).toBe(
    'The machine was restarted; resume to start the 2 queued jobs.',
  )
})
