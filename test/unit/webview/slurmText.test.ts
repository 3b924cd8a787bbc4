// What is said of a job that is a job of Slurm.
import { describe, expect, it } from 'vitest'
import type { JobInfo, SlurmJob } from '../../../src/api'
import { stateIcons } from '../../../src/core/jobs/stateIcons'
import type { WorkRow } from '../../../src/core/protocol/facts'
import { describeJob, endSentence } from '../../../src/extension/text/jobText'
import { describeRow, rowLabel, rowState, rowTooltip } from '../../../src/webview/text/rowText'

const plain: JobInfo = {
  id: 'j1',
  name: 'smooth a.nii',
  state: 'starting',
  owner: 'x.y',
  queue: 'q',
  priority: 0,
  cores: 1,
  command: ['smooth', 'a.nii'],
  cwd: '/study',
  submittedAt: 0,
  attempts: 1,
  stdoutBytes: 0,
  stderrBytes: 0,
}
const waits: SlurmJob = { id: '4711_3', state: 'PENDING', reason: 'Priority' }
const now = new Date(2026, 10, 28, 9, 30).getTime()
const soon = new Date(2026, 10, 28, 14, 5).getTime()
const DAY_MS = 86_400_000

function row(more: Partial<JobInfo>): WorkRow {
  return { kind: 'job', job: { ...plain, ...more }, depth: 0, place: 0, places: 1 }
}

describe('a job that waits in Slurm', () => {
  const waiting = row({ slurm: { ...waits, expectedStart: soon } })

  it('says so, why, and when it is expected to begin', () => {
    expect(describeRow(row({ slurm: waits }), now)).toBe('waits for Slurm (Priority)')
    expect(describeRow(row({ slurm: { id: '7', state: 'CONFIGURING' } }), now)).toBe('waits for Slurm')
    expect(describeRow(waiting, now)).toMatch(/^waits for Slurm \(Priority\), expected (14|0?2):05/)
    expect(rowLabel(waiting, now)).toContain('smooth a.nii, waits for Slurm (Priority), expected ')
  })

  it('names the day of a start that is not today, and no start that has passed', () => {
    const tomorrow = row({ slurm: { ...waits, expectedStart: soon + DAY_MS } })
    expect(describeRow(tomorrow, now)).toMatch(/expected .*29.*:05/)
    expect(describeRow(waiting, soon + 1000)).toBe('waits for Slurm (Priority)')
  })

  it('has its number, and what Slurm says, in the tooltip', () => {
    const lines = rowTooltip(waiting, now).split('\n')
    expect(lines.find(line => line.startsWith('State: '))).toMatch(/^State: waits for Slurm \(Priority\), expected /)
    expect(lines.find(line => line.startsWith('Slurm: '))).toMatch(
      /^Slurm: job 4711_3, PENDING \(Priority\), expected /,
    )
  })

  it('says what may help where it does not begin by itself', () => {
    const remedy = 'its partition is down: name another one in "partition"'
    const held = row({ slurm: { ...waits, reason: 'PartitionDown', remedy } })
    expect(rowTooltip(held, now)).toContain(`\nDoes not begin by itself: ${remedy}`)
    expect(rowTooltip(waiting, now)).not.toContain('by itself')
  })

  it('looks like one that waits, in rows and in lists', () => {
    expect(rowState(waiting)).toBe('queued')
    const info = { ...plain, slurm: waits }
    expect(describeJob(info)).toMatchObject({
      label: `$(${stateIcons.queued}) smooth a.nii`,
      description: 'waits for Slurm (Priority)',
    })
    expect(endSentence(info)).toBe('“smooth a.nii” is not over: waits for Slurm (Priority).')
  })
})

describe('a job that Slurm has begun', () => {
  it('starts, and then shows its node', () => {
    const slurm = { id: '4711_3', state: 'RUNNING' }
    expect(describeRow(row({ slurm }), now)).toBe('starting')
    expect(rowState(row({ slurm }))).toBe('starting')
    const running = row({ slurm, state: 'running', host: 'node3' })
    expect(describeRow(running, now)).toBe('running, on node3')
    expect(rowTooltip(running, now)).toContain('\nHost: node3\nSlurm: job 4711_3, RUNNING\n')
    const half = row({ slurm, state: 'running', host: 'node3', progress: { fraction: 0.5, message: 'pass 2' } })
    expect(describeRow(half, now)).toBe('50%, pass 2, on node3')
  })

  it('keeps its number, and with it why Slurm ended it', () => {
    expect(rowTooltip(row({ slurm: { id: '4711_3' }, state: 'succeeded' }), now)).toContain('\nSlurm: job 4711_3\n')
    const slurm = { id: '4711_3', state: 'NODE_FAIL', reason: 'NodeDown' }
    expect(rowTooltip(row({ slurm, state: 'lost' }), now)).toContain('\nSlurm: job 4711_3, NODE_FAIL (NodeDown)\n')
  })

  it('is no other than before when it is not Slurm’s', () => {
    expect(describeRow(row({}), now)).toBe('starting')
    expect(describeRow(row({ state: 'running', host: 'server' }), now)).toBe('running')
    expect(rowTooltip(row({}), now)).not.toContain('Slurm')
  })
})
