// The sentences about processes that could not be ended.
import { expect, it } from 'vitest'
import type { JobInfo } from '../../../src/api'
import { outcomeOf } from '../../../src/core/jobs/job'
import { describeRow, rowTooltip } from '../../../src/webview/text/rowText'

const notEnded = 'It could not be ended: process 1234 belongs to root (sleep).'

it('an outcome bears the sentence, behind its own; a success stays one', () => {
  const gone = { exitCode: null, signal: null, notEnded }
  expect(outcomeOf({ ...gone, endedBy: 'user' })).toEqual({
    state: 'cancelled',
    error: { kind: 'service', message: notEnded },
  })
  const error = { kind: 'timeout', message: 'Too long.' } as const
  expect(outcomeOf({ ...gone, endedBy: 'limit', error })).toEqual({
    state: 'failed',
    error: { kind: 'timeout', message: `Too long. ${notEnded}` },
  })
  expect(outcomeOf({ exitCode: 0, signal: null, endedBy: 'self', notEnded })).toEqual({ state: 'succeeded' })
})

it('the row and its tooltip show it', () => {
  const job: JobInfo = {
    id: '1',
    name: 'sleep',
    state: 'cancelled',
    owner: 'test',
    queue: 'local',
    priority: 0,
    cores: 1,
    command: ['sleep'],
    cwd: '/',
    submittedAt: 0,
    attempts: 1,
    stdoutBytes: 0,
    stderrBytes: 0,
    notEnded,
  }
  const row = { kind: 'job', job, depth: 0, place: 0, places: 1 } as unknown as Parameters<typeof describeRow>[0]
  expect(describeRow(row, 0)).toBe(`cancelled, ${notEnded}`)
  expect(rowTooltip(row)).toContain(`Not ended: ${notEnded}`)
})
