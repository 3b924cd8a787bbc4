// How attempts are described: in a row of the status tree, in a list, in a notification and in the name of a document.
import { describe, expect, it } from 'vitest'
import type { JobInfo } from '../../../src/api'
import type { AttemptInfo } from '../../../src/core/jobs/attempts'
import { describeAttempt } from '../../../src/extension/text/attemptText'
import { streamOfInterest } from '../../../src/extension/text/notificationModel'
import { outputName } from '../../../src/extension/text/outputModel'
import { describeRow, rowLabel, rowTooltip } from '../../../src/webview/text/rowText'

const plain: JobInfo = {
  id: 'j1',
  name: 'smooth',
  state: 'succeeded',
  owner: 'x.y',
  queue: 'local',
  priority: 0,
  cores: 1,
  command: ['smooth'],
  cwd: '/study',
  submittedAt: 0,
  attempts: 1,
  stdoutBytes: 0,
  stderrBytes: 0,
}
const row = (job: Partial<JobInfo>) =>
  ({ kind: 'job', job: { ...plain, ...job }, depth: 0, place: 0, places: 1 }) as const

describe('a row', () => {
  it.each<[Partial<JobInfo>, string]>([
    [{}, 'succeeded'],
    [{ earlierAttempts: 1 }, 'succeeded, attempt 2'],
    [{ state: 'queued', reason: 'slot', attempts: 0, earlierAttempts: 3 }, 'queued, waiting for a slot, attempt 4'],
    [{ attempts: 2, earlierAttempts: 1 }, 'succeeded, attempt 2'],
    [{ attempts: 2, earlierAttempts: 4 }, 'succeeded, attempt 5'],
    [
      { state: 'failed', earlierAttempts: 1, error: { kind: 'exit', message: 'Exit code 3.' }, lastErrorLine: 'bad' },
      'attempt 2, exit 3: bad',
    ],
  ])('%j shows "%s"', (job, words) => {
    expect(describeRow(row(job), 0)).toBe(words)
  })

  it('is shown in its tooltip and to a screen reader, but not when there is one attempt alone', () => {
    expect(rowTooltip(row({ earlierAttempts: 2 }))).toMatch(
      /^State: succeeded, attempt 3$[\s\S]*^Earlier attempts: 2$/m,
    )
    expect(rowLabel(row({ state: 'failed', earlierAttempts: 2 }), 0)).toContain('attempt 3')
    expect(`${rowTooltip(row({}))} ${rowLabel(row({}), 0)}`).not.toMatch(/attempt/i)
  })
})

describe('an item of the list', () => {
  const attempt: AttemptInfo = {
    id: 'j1',
    number: 1,
    state: 'failed',
    submittedAt: 0,
    startedAt: 1000,
    endedAt: 3500,
    exitCode: 3,
    signal: null,
    message: 'Exit code 3. $(rm)',
    stdoutBytes: 0,
    stderrBytes: 2048,
  }
  const clock = (at: number) => `at ${at}`

  it('has state, time, duration, exit and size, and shows no icon that a message names', () => {
    expect(describeAttempt(attempt, false, clock)).toEqual({
      label: '$(error) Attempt 1',
      description: 'failed, exit 3, at 1000, 2.5s, 2 KB on stderr',
      detail: 'Exit code 3. \\$(rm)',
    })
  })

  it('shows which is the latest, and which was never started', () => {
    const { startedAt: _, endedAt: __, exitCode: ___, message: ____, ...never } = attempt
    const cancelled: AttemptInfo = { ...never, state: 'cancelled', stderrBytes: 0 }
    expect(describeAttempt(cancelled, true, clock).description).toBe(
      'cancelled, the latest, not started, wrote nothing',
    )
    expect(describeAttempt({ ...attempt, signal: 'SIGKILL' }, false, clock).description).toContain(
      'failed, SIGKILL, at',
    )
  })
})

describe('a message about one job offers', () => {
  it.each<[Partial<JobInfo>, 'stdout' | 'stderr' | undefined]>([
    [{ state: 'failed', stderrBytes: 5, stdoutBytes: 5 }, 'stderr'],
    [{ state: 'failed', stdoutBytes: 5 }, 'stdout'],
    [{ state: 'failed' }, undefined],
    [{ stdoutBytes: 5, stderrBytes: 5 }, 'stdout'],
    [{ stderrBytes: 5 }, undefined],
  ])('of %j: %s', (job, stream) => {
    expect(streamOfInterest({ ...plain, ...job })).toBe(stream)
  })
})

describe('the document of an attempt', () => {
  it('has its number in the name, before the ending', () => {
    expect(outputName('a/b', 'output', 2)).toBe('a_b (attempt 2).out')
    expect(outputName('a/b', 'output')).toBe('a_b.out')
  })
})
