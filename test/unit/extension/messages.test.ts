// What the status bar and the notifications say.
import { describe, expect, it } from 'vitest'
import type { JobInfo } from '../../../src/api'
import type { BatchInfo, Summary } from '../../../src/core/protocol/facts'
import { describeJob, endSentence, plainLabel } from '../../../src/extension/text/jobText'
import {
  isHinted,
  meanwhileMessage,
  messageOf,
  notifiesBatch,
  notifiesJob,
  OWN_ID,
} from '../../../src/extension/text/notificationModel'
import { imageEnding, isText, outputName } from '../../../src/extension/text/outputModel'
import { statusText } from '../../../src/extension/text/statusText'

const summary: Summary = { counts: {}, paused: false, concurrency: 2, concurrencyWhy: '2 usable cores', slotsTaken: 0 }

const job: JobInfo = {
  id: 'a',
  name: 'smooth a.nii',
  state: 'succeeded',
  owner: OWN_ID,
  queue: 'local',
  priority: 0,
  cores: 1,
  command: ['smooth', 'a.nii'],
  cwd: '/ws',
  submittedAt: 0,
  startedAt: 1000,
  endedAt: 4400,
  attempts: 1,
  stdoutBytes: 0,
  stderrBytes: 0,
}
const failed: JobInfo = {
  ...job,
  id: 'b',
  name: 'b',
  state: 'failed',
  error: { kind: 'exit', message: 'Exit code 3.' },
}
const batch: BatchInfo = {
  id: 'x',
  name: 'smooth',
  owner: OWN_ID,
  sealed: 'complete',
  total: 200,
  counts: { succeeded: 197, failed: 3 },
  submittedAt: 0,
}

describe('the status bar', () => {
  const text = (changes: Partial<Summary>) => statusText('connected', { ...summary, ...changes }).text

  it('counts what runs and what waits', () => {
    expect(text({ counts: { running: 2, starting: 1, queued: 12 } })).toBe('$(loading~spin) 2 running, 13 queued')
    expect(text({ counts: { running: 1 } })).toBe('$(loading~spin) 1 running')
    expect(text({ counts: { queued: 1 } })).toBe('$(history) 1 queued')
    expect(text({ counts: { queued: 5 }, paused: true })).toBe('$(debug-pause) paused, 5 queued')
    expect(text({ counts: { queued: 5, running: 1 }, paused: true })).toBe(
      '$(loading~spin) paused, 1 running, 5 queued',
    )
  })

  it('says how much is done, and how long the rest will take', () => {
    const live = { counts: { running: 2, queued: 8 }, fraction: 0.425, expectedEndAt: 190_000 }
    const at = (changes: Partial<Summary>) =>
      statusText('connected', { ...summary, ...live, ...changes }, undefined, 10_000)
    expect(at({}).text).toBe('$(loading~spin) 2 running, 8 queued, 42%, 3m left')
    expect(at({}).spoken).toBe('Headless Jobs: 2 running, 8 queued, 42%, 3m left')
    expect(at({ expectedEndAt: 9000 }).text).toContain('42%, 1s left')
    expect(at({ paused: true }).text).toBe('$(loading~spin) paused, 2 running, 8 queued, 42%')
  })

  it('marks failures that nobody has seen', () => {
    const at = (unseen: number, counts = {}) => statusText('connected', { ...summary, counts }, undefined, 0, unseen)
    expect(at(3).text).toBe('$(server-process) $(error) 3 failed')
    expect(at(3, { running: 1, failed: 3 }).text).toBe('$(loading~spin) 1 running $(error) 3 failed')
    expect(at(3).spoken).toBe('Headless Jobs: idle, 3 failed since you last saw the view')
    expect(at(1).tooltip[0]).toBe('1 job failed since you last saw the view. Click to see what failed.')
    expect(at(0, { failed: 3 }).text).toBe('$(server-process)')
  })

  it('is quiet while nothing happens', () => {
    expect(text({ counts: { succeeded: 5, failed: 2 } })).toBe('$(server-process)')
    expect(statusText('none', undefined)).toMatchObject({ text: '$(server-process)', spoken: 'Headless Jobs' })
    expect(statusText('none', { ...summary, counts: { running: 3 } }).text).toBe('$(server-process)')
  })

  it('shows what is wrong', () => {
    expect(statusText('failed', undefined, 'No disk.')).toMatchObject({
      text: '$(warning) Jobs',
      tooltip: ['No disk.', expect.any(String)],
    })
  })

  it('explains the limit and the pause', () => {
    const { tooltip } = statusText('connected', {
      ...summary,
      paused: true,
      pausedBecause: 'It crashed.',
      counts: { failed: 2 },
    })
    expect(tooltip).toEqual([
      'At most 2 at once. 2 usable cores.',
      'The queue is paused. It crashed.',
      'Jobs: 2 failed.',
    ])
  })

  it('counts the results that were not delivered', () => {
    const tooltip = (undelivered: number) => statusText('connected', { ...summary, undelivered }).tooltip.at(-1)
    expect(tooltip(1)).toBe('1 result was not delivered.')
    expect(tooltip(2)).toBe('2 results were not delivered.')
  })

  it('shows what is kept warm', () => {
    const worker = { id: 'w', name: 'w.py', state: 'busy', command: ['w.py'], served: 1, memoryBytes: 1024 } as const
    const { text, tooltip } = statusText('connected', { ...summary, counts: {}, workers: [worker] })
    expect(tooltip.at(-1)).toBe('1 warm worker, 1 busy, 1 KB.')
    expect(text).toBe('$(server-process)')
  })
})

describe('who is notified of what', () => {
  it('by level', () => {
    const inBatch = { ...failed, batchId: 'x' }
    const foreign = { ...failed, owner: 'pub.other' }
    const notified = (level: Parameters<typeof notifiesJob>[0]) =>
      [job, failed, inBatch, foreign].map(info => notifiesJob(level, info))
    expect(notified('never')).toEqual([false, false, false, false])
    expect(notified('failures')).toEqual([false, true, true, false])
    expect(notified('batches')).toEqual([false, true, false, false])
    expect(notified('all')).toEqual([true, true, false, true])
    expect(notifiesJob('all', { ...job, state: 'cancelled', endedBy: 'user' })).toBe(false)
    const long = { ...job, startedAt: 0, endedAt: 60_000 }
    expect((['never', 'failures', 'batches', 'all'] as const).map(level => notifiesJob(level, long))).toEqual([
      false,
      false,
      true,
      true,
    ])
    for (const other of [
      { ...long, endedAt: 59_999 },
      { ...long, batchId: 'x' },
      { ...long, owner: 'pub.other' },
    ])
      expect(notifiesJob('batches', other)).toBe(false)
    const foreignBatch = { ...batch, owner: 'pub.other' }
    expect((['never', 'failures', 'batches', 'all'] as const).map(level => notifiesBatch(level, batch))).toEqual([
      false,
      false,
      true,
      true,
    ])
    expect(notifiesBatch('batches', foreignBatch)).toBe(false)
    expect(notifiesBatch('all', foreignBatch)).toBe(true)
  })

  it('with a filter that finds all that is not known to have succeeded', () => {
    const lost = { ...failed, state: 'lost' } as const
    const lostBatch = { ...batch, counts: { succeeded: 198, lost: 2 } }
    expect(messageOf([lost, lost], [])?.failed).toBe('state:unknown')
    expect(messageOf([lost, failed], [])?.failed).toBe('state:failed,unknown')
    expect(messageOf([], [lostBatch])).toMatchObject({
      failed: 'batch:smooth state:unknown',
      rerun: { batchIds: ['x'] },
    })
    expect(messageOf([], [lostBatch, batch])?.failed).toBe('state:failed,unknown')
    expect(messageOf([lost, { ...job, state: 'cancelled' }], [])?.failed).toBe('state:unknown')
  })

  it('in one message', () => {
    expect(messageOf([], [])).toBeUndefined()
    expect(messageOf([job], [])).toEqual({ severity: 'information', text: '“smooth a.nii” succeeded in 3.4s.', job })
    expect(messageOf([failed], [])).toEqual({ severity: 'warning', text: '“b” failed: Exit code 3.', job: failed })
    expect(messageOf([], [batch])).toEqual({
      severity: 'warning',
      text: '“smooth” has completed: 197 succeeded, 3 failed.',
      failed: 'batch:smooth state:failed',
      rerun: { batchIds: ['x'] },
    })
    expect(messageOf([failed, { ...failed, id: 'c', name: 'c' }], [batch])).toMatchObject({
      failed: 'state:failed',
      rerun: { ids: [failed.id, 'c'], batchIds: ['x'] },
    })
    const many = Array.from({ length: 5 }, (_, n) => ({ ...failed, name: `f${n}` }))
    expect(messageOf([...many, job], [])?.text).toBe(
      '5 jobs failed: “f0”, “f1”, “f2” and 2 more; 1 other job succeeded.',
    )
    const batches = Array.from({ length: 5 }, (_, n) => ({ ...batch, id: `b${n}`, name: `run ${n}` }))
    expect(messageOf([], batches.slice(0, 2))).toEqual({
      severity: 'warning',
      text: '2 batches have completed: 394 succeeded, 6 failed: “run 0”, “run 1”.',
      failed: 'state:failed',
      rerun: { batchIds: ['b0', 'b1'] },
    })
    expect(messageOf([], batches)?.text).toBe(
      '5 batches have completed: 985 succeeded, 15 failed: “run 0”, “run 1”, “run 2” and 2 more.',
    )
    const cut = [{ ...batch, sealed: 'cut' } as const, batch]
    expect(messageOf([], cut)?.text).toMatch(/ Not all jobs of 1 of them arrived\.$/)
  })
})

describe('what ended while nobody was there', () => {
  const ended = { counts: { succeeded: 197, failed: 3 }, failed: ['a', 'b', 'c'] }
  const words = (level: Parameters<typeof meanwhileMessage>[0], given = ended, isBack = true) =>
    meanwhileMessage(level, given, isBack)?.text

  it('is one line, by level', () => {
    expect(meanwhileMessage('batches', ended, true)).toEqual({
      severity: 'warning',
      text: 'While you were away: 197 succeeded, 3 failed.',
      failed: ['a', 'b', 'c'],
    })
    expect(words('all')).toBe('While you were away: 197 succeeded, 3 failed.')
    expect(words('failures')).toBe('While you were away: 3 failed.')
    expect(words('never')).toBeUndefined()
  })

  it('is no warning when all succeeded, and nothing when nothing failed and only failures are reported', () => {
    const fine = { counts: { succeeded: 2000, failed: 0 }, failed: [] }
    expect(meanwhileMessage('batches', fine, true)).toMatchObject({
      severity: 'information',
      text: 'While you were away: 2,000 succeeded.',
    })
    expect(words('failures', fine)).toBeUndefined()
    expect(words('all', { counts: { succeeded: 0, failed: 0 }, failed: [] })).toBeUndefined()
  })

  it('says so when the window was there and the job service was not', () => {
    expect(words('batches', ended, false)).toMatch(/^While the job service could not be reached: 197 succeeded/)
  })
})

describe('jobs in words', () => {
  it('say how they ended', () => {
    expect(endSentence({ ...job, state: 'lost' })).toMatch(/outcome .* is unknown/)
    const error = { kind: 'lost', message: 'The machine was restarted while this job ran.' } as const
    expect(endSentence({ ...job, state: 'lost', error })).toBe(`“smooth a.nii”: ${error.message}`)
    expect(endSentence({ ...job, state: 'cancelled' })).toBe('“smooth a.nii” cancelled.')
    expect(endSentence({ ...job, state: 'dependencyFailed' })).toMatch(/was not run/)
  })

  it('keep what a user wrote from becoming an icon', () => {
    expect(plainLabel('echo $(date)')).toBe('echo \\$(date)')
    expect(describeJob({ ...job, name: '$(trash)' }).label).toBe('$(pass) \\$(trash)')
  })
})

it('the first job that says where results are has some, is single, and the own one of a user who wants messages', () => {
  const wrote = { ...job, stdoutBytes: 5 }
  expect((['never', 'failures', 'batches', 'all'] as const).map(level => isHinted(level, wrote))).toEqual([
    false,
    false,
    true,
    true,
  ])
  const others = [job, { ...wrote, owner: 'x.y' }, { ...wrote, batchId: 'b' }]
  expect(others.map(other => isHinted('all', other))).toEqual([false, false, false])
})

describe('outputs', () => {
  it('are text or not', () => {
    expect(isText(Buffer.from('ü\n'), false)).toBe(true)
    expect(isText(Buffer.from('ü').subarray(0, 1), true)).toBe(true)
    expect(isText(Buffer.from('ü').subarray(0, 1), false)).toBe(false)
    expect(isText(Buffer.from([0x41, 0, 0x42]), false)).toBe(false)
    expect(isText(Buffer.from([0xff, 0xfe]), true)).toBe(false)
    expect(isText(new Uint8Array(), false)).toBe(true)
  })

  it.each([
    ['.png', '89504e470d0a1a0a0000000d'],
    ['.jpg', 'ffd8ffe000104a46'],
    ['.gif', '474946383961'],
    ['.webp', '524946462400000057454250'],
    ['.bmp', '424d36000000000000003600'],
    ['.svg', Buffer.from('<?xml version="1.0"?>\n<!-- drawn -->\n<svg width="1">').toString('hex')],
    [undefined, Buffer.from('BMW is a car, and <svg> a word').toString('hex')],
    [undefined, ''],
  ])('are images by their first bytes: %s', (ending, hex) => {
    expect(imageEnding(Buffer.from(hex, 'hex'))).toBe(ending)
  })

  it('have names that a file system takes', () => {
    expect(outputName('a/b: "c" ü', 'output')).toBe('a_b_ _c_ ü.out')
    expect(outputName('x.nii.gz', 'stderr')).toBe('x.nii.gz.err')
    expect(outputName('  ', 'output')).toBe('job.out')
  })
})
