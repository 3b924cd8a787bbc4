import { describe, expect, it } from 'vitest'
import {
  explainExit,
  explainSignal,
  isFinal,
  isTriedAgain,
  jobStates,
  outcomeOf,
  retryDelayMs,
  transitions,
} from '../../../src/core/jobs/job'
import { defaultName } from '../../../src/core/jobs/jobName'
import { stateIcons } from '../../../src/core/jobs/stateIcons'

const exited = { exitCode: 0, signal: null, endedBy: 'self' as const }

describe('an outcome', () => {
  it('is a success only with a fine exit code and no signal', () => {
    expect(outcomeOf(exited).state).toBe('succeeded')
    expect(outcomeOf({ ...exited, exitCode: 3 })).toEqual({
      state: 'failed',
      error: { kind: 'exit', message: 'Exit code 3.' },
    })
    expect(outcomeOf({ ...exited, exitCode: 3 }, [0, 3]).state).toBe('succeeded')
    expect(outcomeOf({ ...exited, exitCode: null, signal: 'SIGSEGV' }).error?.kind).toBe('signal')
  })

  it('is a cancel when we ended it, also when it caught the signal and exited well', () => {
    expect(outcomeOf({ ...exited, endedBy: 'user' }).state).toBe('cancelled')
    expect(outcomeOf({ exitCode: null, signal: 'SIGTERM', endedBy: 'batch' }).state).toBe('cancelled')
  })

  it('is what a limit determines, whatever the exit code', () => {
    const error = { kind: 'timeout' as const, message: 'Ran longer than 3 seconds.' }
    expect(outcomeOf({ ...exited, endedBy: 'limit', error })).toEqual({ state: 'failed', error })
  })
})

describe('a failure', () => {
  it('is explained', () => {
    expect(explainExit(137)).toBe('Exit code 137: SIGKILL, often out of memory.')
    expect(explainExit(127)).toMatch(/did not find a command/)
    expect(explainExit(1)).toBe('Exit code 1.')
    expect(explainSignal('SIGKILL')).toBe('Ended by signal SIGKILL, often out of memory.')
    expect(explainSignal('SIGUSR1')).toBe('Ended by signal SIGUSR1.')
  })

  it('is tried again only where that makes sense', () => {
    const failed = (kind: 'exit' | 'start' | 'prepareInput' | 'parse') => ({
      state: 'failed' as const,
      error: { kind, message: '' },
    })
    const retries = { retries: 2 }
    expect([1, 2, 3].map(attempts => isTriedAgain(retries, failed('exit'), attempts))).toEqual([true, true, false])
    for (const kind of ['start', 'prepareInput', 'parse'] as const)
      expect(isTriedAgain(retries, failed(kind), 1)).toBe(false)
    expect(isTriedAgain(retries, { state: 'cancelled' }, 1)).toBe(false)
    const lost = { state: 'lost' as const }
    expect(isTriedAgain(retries, lost, 1)).toBe(false)
    expect([1, 5, 6].map(attempts => isTriedAgain({ rerunnable: true }, lost, attempts))).toEqual([true, true, false])
    expect(isTriedAgain({ rerunnable: true }, failed('exit'), 1)).toBe(false)
    expect([1, 2, 3, 10].map(retryDelayMs)).toEqual([1000, 2000, 4000, 60_000])
  })
})

describe('the states', () => {
  it('end only in final ones', () => {
    expect(jobStates.filter(isFinal)).toEqual(['succeeded', 'failed', 'cancelled', 'dependencyFailed', 'lost'])
    for (const state of jobStates) for (const next of transitions[state]) expect(jobStates).toContain(next)
  })

  it('of which nothing is under way never look the same', () => {
    const icons = jobStates
      .filter(state => !['starting', 'running', 'finishing'].includes(state))
      .map(state => stateIcons[state])
    expect(new Set(icons).size).toBe(icons.length)
  })
})

describe('the default name', () => {
  it('is the program and its first file argument', () => {
    expect(defaultName({ command: ['/usr/bin/python3', '-u', 'scripts/smooth.py', 'a.nii'] })).toBe('python3 smooth.py')
    expect(defaultName({ command: ['C:\\tools\\fsl.exe', 'D:\\data\\a.nii'] })).toBe('fsl.exe a.nii')
    expect(defaultName({ command: ['sort', '-n'] })).toBe('sort')
    expect(defaultName({ command: ['sort a | uniq -c'], shell: true })).toBe('sort a | uniq -c')
  })
})
