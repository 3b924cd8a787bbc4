// When the crashes of a pool's workers stop it, and for which jobs.
import { describe, expect, it } from 'vitest'
import type { RunEnd } from '../../../src/run/base/runTypes'
import { CRASH_WINDOW_MS, Crashes, MAX_CRASHES } from '../../../src/service/pools/crashes'

const nothing = new Uint8Array()
const end = (facts: Partial<RunEnd> = {}): RunEnd => ({
  exitCode: 1,
  signal: null,
  endedBy: 'self',
  endedAt: 0,
  leftovers: 0,
  stdout: { bytes: nothing },
  stderr: nothing,
  stderrTruncated: false,
  stdoutBytes: 0,
  stderrBytes: 0,
  ...facts,
})

/** As many crashes as stop a pool, `apart` milliseconds one from the other, while a job is submitted between two. */
function crashed(apart: number, facts?: Partial<RunEnd>, times = MAX_CRASHES): Crashes {
  const crashes = new Crashes()
  for (let i = 1; i <= times; i++) crashes.add('python3 smooth.py', end(facts), i, 1000 + i * apart)
  return crashes
}

describe('crashes', () => {
  it('stop a pool for the jobs that were submitted by then, and no later one', () => {
    const crashes = crashed(10)
    expect(crashes.stoppedFor(0)?.kind).toBe('start')
    expect(crashes.stoppedFor(MAX_CRASHES)).toBe(crashes.stoppedFor(0))
    expect(crashes.stoppedFor(MAX_CRASHES + 1)).toBeUndefined()
  })

  it('that are too few or too far apart stop nothing', () => {
    expect(crashed(10, {}, MAX_CRASHES - 1).stoppedFor(0)).toBeUndefined()
    expect(crashed(CRASH_WINDOW_MS / (MAX_CRASHES - 1)).stoppedFor(0)).toBeUndefined()
    expect(crashed(CRASH_WINDOW_MS / (MAX_CRASHES - 1) - 1).stoppedFor(0)).toBeDefined()
  })

  it('are counted anew once they have stopped the pool', () => {
    const crashes = crashed(10)
    const later = MAX_CRASHES + 1
    crashes.add('python3 smooth.py', end(), later, 2000)
    expect(crashes.stoppedFor(later)).toBeUndefined()
    for (let i = 1; i < MAX_CRASHES; i++) crashes.add('python3 smooth.py', end(), later, 2000)
    expect(crashes.stoppedFor(later)).toBeDefined()
  })

  it.each([
    [{ exitCode: 3, lastErrorLine: 'no module' }, 'The last one: Exit code 3. It printed last: no module'],
    [{ exitCode: null, signal: 'SIGSEGV' }, 'The last one: Ended by signal SIGSEGV, it crashed'],
    [
      { error: { kind: 'start' as const, message: 'There is no program "x".' } },
      'The last one: There is no program "x".',
    ],
  ])('say which pool it was and how the last one ended: %j', (facts, how) => {
    const message = crashed(10, facts).stoppedFor(0)?.message
    expect(message).toContain('"python3 smooth.py" ended unexpectedly 5 times within 10 seconds')
    expect(message).toContain(how)
  })
})
