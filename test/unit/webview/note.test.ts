// The text of a row beside the state when there is more to know of the end of a job.
import { expect, test } from 'vitest'
import type { JobInfo } from '../../../src/api'
import type { WorkRow } from '../../../src/core/protocol/facts'
import { describeRow, rowLabel, rowTooltip } from '../../../src/webview/text/rowText'

const note =
  'Its stdout was still held open by another process (pid 7, daemon) when it had ended; the rest was not read.'

function row(job: Partial<JobInfo>): WorkRow {
  const plain = {
    id: 'j1',
    name: 'start',
    owner: 'x.y',
    queue: 'local',
    priority: 0,
    cores: 1,
    command: ['start'],
    cwd: '/',
    submittedAt: 0,
    attempts: 1,
    stdoutBytes: 0,
    stderrBytes: 0,
  }
  return { kind: 'job', job: { ...plain, state: 'succeeded', ...job }, depth: 0, place: 0, places: 1 }
}

test('a note is in the row, in the tooltip and in the label for screen readers', () => {
  const words = note.slice(0, -1)
  expect(describeRow(row({ note }), 0)).toBe(`succeeded, ${words}`)
  expect(rowTooltip(row({ note }))).toContain(`Note: ${note}`)
  expect(rowLabel(row({ note }), 0)).toContain(words)
  const failed = { state: 'failed', error: { kind: 'exit', message: 'Exit code 3.' }, note } as const
  expect(describeRow(row(failed), 0)).toBe(`exit 3, ${words}`)
  expect(describeRow(row({}), 0)).toBe('succeeded')
})
