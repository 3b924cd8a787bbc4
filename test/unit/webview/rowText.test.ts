// The texts of rows of the status tree.
import { describe, expect, it } from 'vitest'
import type { JobInfo } from '../../../src/api'
import { batchState } from '../../../src/core/protocol/batchState'
import type { BatchInfo, RowOrigin, WorkRow } from '../../../src/core/protocol/facts'
import {
  batchProgress,
  describeRow,
  elapsedText,
  hasWarning,
  isLive,
  notDelivered,
  rowLabel,
  rowTooltip,
  timeLeft,
} from '../../../src/webview/text/rowText'

const plain: JobInfo = {
  id: 'j1',
  name: 'smooth a.nii',
  state: 'succeeded',
  owner: 'x.y',
  queue: 'local',
  priority: 0,
  cores: 1,
  command: ['/usr/bin/python3', 'smooth.py', 'my scan.nii'],
  cwd: '/study',
  submittedAt: 0,
  attempts: 1,
  stdoutBytes: 0,
  stderrBytes: 0,
}

function row(job: Partial<JobInfo>): WorkRow {
  return { kind: 'job', job: { ...plain, ...job }, depth: 0, place: 0, places: 1 }
}

function batch(more: Partial<BatchInfo>): BatchInfo {
  return {
    id: 'b1',
    name: 'Spheres',
    owner: 'x.y',
    sealed: 'complete',
    total: 200,
    counts: {},
    submittedAt: 0,
    ...more,
  }
}

describe('the time that is left', () => {
  const running = (more: Partial<JobInfo>) => row({ state: 'running', startedAt: 10_000, ...more })
  const rowOf = (more: Partial<BatchInfo>): WorkRow => ({
    kind: 'batch',
    batch: batch(more),
    expanded: false,
    place: 0,
    places: 1,
  })

  it('of a job follows from its progress, once that says something', () => {
    expect(timeLeft(running({ progress: { fraction: 0.25 } }), 40_000)).toBe(90_000)
    expect(describeRow(running({ progress: { fraction: 0.5, message: 'pass 2' } }), 40_000)).toBe(
      '50%, pass 2, 30s left',
    )
    for (const silent of [{}, { progress: {} }, { progress: { fraction: 0.01 } }, { progress: { fraction: 1 } }])
      expect(timeLeft(running(silent), 40_000)).toBeUndefined()
    expect(timeLeft(running({ progress: { fraction: 0.5 } }), 11_000)).toBeUndefined()
    expect(timeLeft(row({ progress: { fraction: 0.5 }, startedAt: 0 }), 40_000)).toBeUndefined()
  })

  it('of a batch is what the job service expects', () => {
    const live = { counts: { running: 2, succeeded: 98, queued: 100 }, expectedEndAt: 200_000, jobsPerSecond: 0.5 }
    expect(describeRow(rowOf(live), 80_000)).toBe('49%, 2 running, 100 queued, 2m left')
    expect(describeRow(rowOf({ ...live, expectedEndAt: 70_000 }), 80_000)).toContain('1s left')
    expect(describeRow(rowOf({ counts: live.counts }), 80_000)).not.toContain('left')
    expect(rowTooltip(rowOf(live))).toMatch(/\nSpeed: 30 jobs a minute\nExpected end: /)
  })
})

describe('the words beside the name', () => {
  it.each<[Partial<JobInfo>, string]>([
    [{ state: 'queued', reason: 'slot' }, 'queued, waiting for a slot'],
    [{ state: 'queued', reason: 'paused' }, 'queued, paused'],
    [{ state: 'queued', reason: 'retry', attempts: 2 }, 'queued, waiting to try again, attempt 2'],
    [{ state: 'running' }, 'running'],
    [{ state: 'running', progress: {} }, 'running'],
    [{ state: 'running', progress: { fraction: 0 } }, '0%'],
    [{ state: 'running', progress: { fraction: 0.999, message: 'pass 2' } }, '99%, pass 2'],
    [{ state: 'running', progress: { message: 'reading' } }, 'running, reading'],
    [{ state: 'running', progress: { fraction: 0.5 }, attempts: 2 }, '50%, attempt 2'],
    [{ state: 'finishing', progress: { fraction: 1, message: 'done' } }, 'finishing'],
    [{ state: 'queued', reason: 'worker' }, 'queued, waiting for a worker of its pool'],
    [{ state: 'succeeded', exitCode: 0 }, 'succeeded'],
    [{ state: 'succeeded', exitCode: 3 }, 'succeeded, exit 3'],
    [{ state: 'lost' }, 'Outcome unknown'],
    [{ state: 'failed' }, 'failed'],
    [
      {
        state: 'failed',
        exitCode: 1,
        error: { kind: 'exit', message: 'Exit code 1.' },
        lastErrorLine: 'ValueError: x',
      },
      'exit 1: ValueError: x',
    ],
    [
      {
        state: 'failed',
        signal: 'SIGSEGV',
        error: { kind: 'signal', message: 'Ended by signal SIGSEGV, it crashed.' },
      },
      'SIGSEGV, it crashed',
    ],
    [{ state: 'failed', error: { kind: 'start', message: 'The folder /x is missing.' } }, 'The folder /x is missing'],
    [
      {
        state: 'failed',
        error: { kind: 'handler', message: 'ValueError: bad header' },
        lastErrorLine: 'a warning of an earlier job',
      },
      'ValueError: bad header',
    ],
    [
      {
        state: 'failed',
        error: { kind: 'protocol', message: 'A frame ended in the middle.' },
        lastErrorLine: 'MemoryError',
      },
      'A frame ended in the middle: MemoryError',
    ],
  ])('of %j are “%s”', (job, words) => {
    expect(describeRow(row(job), 0)).toBe(words)
  })

  it('count the running and queued jobs of a batch, else all of them', () => {
    const describeBatch = (more: Partial<BatchInfo>) =>
      describeRow({ kind: 'batch', batch: batch(more), expanded: false, place: 0, places: 1 }, 0)
    expect(describeBatch({ counts: { queued: 8 }, total: 8 })).toBe('8 queued')
    expect(describeBatch({ counts: { running: 2, queued: 8 }, total: 10, progressOfRunning: 0.5 })).toBe(
      '5%, 2 running, 8 queued',
    )
    expect(describeBatch({ counts: { succeeded: 200 } })).toBe('200 jobs')
    expect(describeBatch({ total: 1, counts: { failed: 1 }, sealed: 'cut' })).toBe('1 job, not all jobs arrived')
  })

  it('cut an error that is a page of text', () => {
    const error = { kind: 'handler' as const, message: 'x'.repeat(5000) }
    expect(describeRow(row({ state: 'failed', error }), 0).length).toBeLessThan(500)
  })

  it('mark what a job that did not fail wrote to stderr', () => {
    expect(hasWarning({ ...plain, stderrBytes: 5 })).toBe(true)
    expect(hasWarning({ ...plain, stderrBytes: 5, state: 'failed' })).toBe(false)
    expect(hasWarning(plain)).toBe(false)
  })
})

describe('a result that its handler', () => {
  const refused = {
    resultHandler: 'a.b/c',
    delivery: 'undelivered',
    deliveryError: 'The disk is full.',
  } as const
  const waiting = { resultHandler: 'a.b/c', delivery: 'waiting' } as const
  const ofBatch = (more: Partial<BatchInfo>): WorkRow => {
    const all = batch({ counts: { succeeded: 200 }, ...more })
    return { kind: 'batch', batch: all, expanded: false, place: 0, places: 1 }
  }

  it.each([row, ofBatch])('has not taken is shown in the row, its tooltip and its label', of => {
    expect(notDelivered(of(refused))).toBe('result not delivered to a.b: The disk is full')
    expect(rowTooltip(of(refused))).toContain('\nResult: not delivered to a.b: The disk is full')
    expect(rowLabel(of(refused), 0)).toMatch(/, result not delivered to a\.b: The disk is full$/)
  })

  it.each([row, ofBatch])('is to take is shown in the tooltip alone', of => {
    expect(rowTooltip(of(waiting))).toContain('\nResult: waits for a.b')
    expect(rowTooltip(of({ ...waiting, deliveryError: 'not yet' }))).toContain('\nResult: waits for a.b: not yet')
    expect(notDelivered(of(waiting))).toBeUndefined()
    expect(rowLabel(of(waiting), 0)).toBe(rowLabel(of({}), 0))
  })

  it.each([row, ofBatch])('has taken is not mentioned', of => {
    const delivered = { resultHandler: 'a.b/c', delivery: 'delivered' } as const
    expect(rowTooltip(of(delivered))).toBe(rowTooltip(of({})))
    expect(notDelivered(of(delivered))).toBeUndefined()
  })
})

describe('where a row is from', () => {
  it.each<[RowOrigin | undefined, string | undefined]>([
    [undefined, undefined],
    [{}, 'an earlier window of this workspace'],
    [{ window: 'study' }, 'another window of this workspace'],
    [{ window: 'atlas', workspace: 'file:///home/me/my%20atlas' }, 'the window “atlas”, /home/me/my atlas'],
    [{ workspace: 'vscode-remote://ssh-remote%2Bx/data/a\nfile:///b' }, 'an earlier window of /data/a, /b'],
    [{ workspace: 'file:///a\nfile:///b\nfile:///c\nfile:///d' }, 'an earlier window of /a, /b, /c and more'],
    [{ workspace: 'file:///a%2…' }, 'an earlier window of /a%2…'],
    [{ workspace: 'a program' }, 'an earlier window of a program'],
    [{ workspace: '' }, 'an earlier window without a folder'],
    [{ window: 'a window without a folder', workspace: '' }, 'a window without a folder'],
  ])('%j: %s', (from, words) => {
    const whole: WorkRow = { kind: 'batch', batch: batch({}), expanded: false, place: 0, places: 1 }
    for (const any of [row({}), whole]) {
      const line = rowTooltip(from === undefined ? any : { ...any, from })
        .split('\n')
        .find(text => text.startsWith('From: '))
      expect(line).toBe(words && `From: ${words}`)
    }
  })
})

describe('the progress of a batch', () => {
  it('counts what has ended, however it ended, and the parts of what runs', () => {
    const counts = { succeeded: 3, failed: 1, lost: 1, cancelled: 1, running: 2, queued: 2 }
    expect(batchProgress(batch({ counts, total: 10 }))).toBe(0.6)
    expect(batchProgress(batch({ counts, total: 10, progressOfRunning: 1.5 }))).toBe(0.75)
  })

  it('is known while the queue is paused in the middle of it', () => {
    expect(batchProgress(batch({ counts: { succeeded: 5, queued: 5 }, total: 10 }))).toBe(0.5)
  })

  it.each<[string, Partial<BatchInfo>]>([
    ['before its first job', { counts: { queued: 10 }, total: 10 }],
    ['after its last', { counts: { succeeded: 10 }, total: 10 }],
    ['without jobs', { counts: {}, total: 0 }],
    ['while more are added', { counts: { succeeded: 1, running: 1 }, total: 2, sealed: 'open' }],
  ])('is absent %s', (_when, more) => {
    expect(batchProgress(batch(more))).toBeUndefined()
  })
})

describe('states', () => {
  it('of a batch are what goes on in it, else the worst that came out', () => {
    expect(batchState(batch({ counts: { finishing: 1, queued: 3, failed: 2 } }))).toBe('running')
    expect(batchState(batch({ counts: { queued: 3, failed: 2 } }))).toBe('queued')
    expect(batchState(batch({ counts: { succeeded: 197, lost: 1, failed: 1, cancelled: 1 } }))).toBe('failed')
    expect(batchState(batch({ counts: { succeeded: 199, dependencyFailed: 1 } }))).toBe('failed')
    expect(batchState(batch({ counts: { succeeded: 198, lost: 1, cancelled: 1 } }))).toBe('lost')
    expect(batchState(batch({ counts: { succeeded: 199, cancelled: 1 } }))).toBe('cancelled')
    expect(batchState(batch({ counts: { succeeded: 200 } }))).toBe('succeeded')
    expect(batchState(batch({ counts: { succeeded: 5 }, sealed: 'cut' }))).toBe('cancelled')
    expect(batchState(batch({ counts: { succeeded: 5 }, sealed: 'open' }))).toBe('queued')
    expect(batchState(batch({ counts: { cancelled: 200 } }))).toBe('cancelled')
    expect(batchState(batch({ total: 0 }))).toBe('succeeded')
  })

  it('mark what can be cancelled: what runs or is queued, not an open batch that waits for more', () => {
    const isLiveBatch = (more: Partial<BatchInfo>) =>
      isLive({ kind: 'batch', batch: batch(more), expanded: false, place: 0, places: 1 })
    expect(isLiveBatch({ counts: { succeeded: 5 }, sealed: 'open' })).toBe(false)
    expect(isLiveBatch({ counts: { succeeded: 5, queued: 1 } })).toBe(true)
    expect(isLive(row({ state: 'stopping' }))).toBe(true)
    expect(isLive(row({ state: 'lost' }))).toBe(false)
  })
})

describe('elapsed time', () => {
  it('ticks while it runs, stands when it has ended, is empty before', () => {
    expect(elapsedText({ startedAt: 1000 }, 66_500)).toBe('1m 05s')
    expect(elapsedText({ startedAt: 1000, endedAt: 1012 }, 66_500)).toBe('12ms')
    expect(elapsedText({}, 66_500)).toBe('')
  })
})

describe('for a screen reader', () => {
  it('a row is one sentence that does not change with every tick', () => {
    const running = row({ state: 'running', startedAt: 0 })
    expect(rowLabel(running, 59_000)).toBe('smooth a.nii, running')
    expect(rowLabel(running, 121_000)).toBe('smooth a.nii, running, for 2 minutes')
    expect(rowLabel(running, 122_000)).toBe(rowLabel(running, 121_000))
  })

  it('progress is in tens of percent, without its message', () => {
    const at = (fraction: number) => rowLabel(row({ state: 'running', progress: { fraction, message: 'pass 2' } }), 0)
    expect(at(0.42)).toBe('smooth a.nii, running, 40%')
    expect(at(0.499)).toBe(at(0.42))
    expect(at(0.7)).toBe('smooth a.nii, running, 70%')
    const unknown = row({ state: 'running', progress: { message: 'pass 2' } })
    expect(rowLabel(unknown, 0)).toBe('smooth a.nii, running')
  })

  it('it names the state, however the row looks', () => {
    const failed = row({
      state: 'failed',
      error: { kind: 'exit', message: 'Exit code 3.' },
      startedAt: 0,
      endedAt: 2000,
    })
    expect(rowLabel(failed, 0)).toBe('smooth a.nii, failed, exit 3, 2.0s')
    expect(rowLabel(row({ stderrBytes: 9 }), 0)).toBe('smooth a.nii, succeeded, wrote to stderr')
  })

  it('a batch has its counts', () => {
    const counts = { succeeded: 197, failed: 3 }
    expect(rowLabel({ kind: 'batch', batch: batch({ counts }), expanded: true, place: 0, places: 1 }, 0)).toBe(
      'Spheres, batch, 197 succeeded, 3 failed',
    )
  })
})

describe('tooltips', () => {
  it('have all that is known, and nothing that is not', () => {
    const text = rowTooltip(
      row({
        state: 'failed',
        error: { kind: 'exit', message: 'Exit code 1.' },
        lastErrorLine: 'boom',
        stderrBytes: 2048,
      }),
    )
    expect(text).toContain('State: failed, exit 1\n')
    expect(text).toContain('stderr: boom')
    expect(text).toContain("Command: /usr/bin/python3 smooth.py 'my scan.nii'")
    expect(text).toContain('Output: 0 bytes on stdout, 2 KB on stderr')
    expect(text).not.toMatch(/Priority|Memory|Process|Ended|undefined/)
  })

  it('show the progress as it is', () => {
    const running = row({ state: 'running', progress: { fraction: 0.42, message: 'pass 2' } })
    expect(rowTooltip(running)).toContain('State: running, 42%, pass 2\n')
    const half = batch({ counts: { running: 2 }, total: 2, progressOfRunning: 1 })
    expect(rowTooltip({ kind: 'batch', batch: half, expanded: false, place: 0, places: 1 })).toContain('Progress: 50%')
  })

  it('cut what is too long', () => {
    expect(rowTooltip(row({ command: ['x'.repeat(5000)] })).length).toBeLessThan(800)
  })
})
