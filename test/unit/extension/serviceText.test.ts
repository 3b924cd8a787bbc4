// What “Show Job Service Status” says, asks and copies.
import { describe, expect, it, test } from 'vitest'
import type { ServiceReport, ServiceStatus, Summary } from '../../../src/core/protocol/facts'
import { defaultSettings } from '../../../src/core/protocol/settingsTable'
import { maskCommand } from '../../../src/extension/text/maskedCommand'
import {
  asideQuestion,
  concurrencyText,
  limitLines,
  reportText,
  restartQuestion,
  storeText,
} from '../../../src/extension/text/serviceText'

const none: ServiceReport['limits'] = { waiting: {}, ended: {}, stderrCut: 0, batchesCut: 0, connectionsClosed: 0 }

describe('a command that others may see', () => {
  it.each([
    ['python3 smooth.py --width 3', 'python3 smooth.py --width 3'],
    ['tool --token=abc --width=3', 'tool --token=… --width=3'],
    ['tool --token abc input.txt', 'tool --token … input.txt'],
    ['tool --api-key abc --verbose', 'tool --api-key … --verbose'],
    ['tool --password --verbose', 'tool --password --verbose'],
    ['env API_KEY=abc KEYBOARD=de make', 'env API_KEY=… KEYBOARD=de make'],
    ['git clone https://me:secret@host/x.git', 'git clone …'],
    ['curl -u me:secret https://host', 'curl -u … https://host'],
    ['upload ghp_0123456789 sk-abcdef AKIAXYZ', 'upload … … …'],
    ['run NAME=sk-abcdef', 'run NAME=…'],
  ])('%s', (command, shown) => {
    expect(maskCommand(command.split(' ')).join(' ')).toBe(shown)
  })

  it('has no secret in a line of a shell, nor in a header', () => {
    const shown = (line: string) => maskCommand(['sh', '-c', line])[2]
    expect(shown('cd x; TOKEN="a b" ./run  --password def; echo done')).toBe(
      'cd x; TOKEN=… ./run  --password … echo done',
    )
    expect(shown(`exec sh -c 'TOKEN=abc run' --key "d e"`)).toBe(`exec sh -c 'TOKEN=…' --key …`)
    expect(shown('TOKEN=abc run')).toBe('TOKEN=…') // the value may have blanks
    expect(shown('curl -H "Authorization: Bearer abc" https://host')).toBe('curl -H "Authorization: …" https://host')
    expect(shown(`echo "it's" 'x`)).toBe(`echo "it's" 'x`)
    expect(maskCommand(['curl', '-H', 'Authorization: Bearer abc'])).toEqual(['curl', '-H', 'Authorization: …'])
  })

  it('has none that a setting names', () => {
    expect(maskCommand(['tool', '--licence=abc', 'LICENCE=def'], ['licence'])).toEqual([
      ...['tool', '--licence=…', 'LICENCE=…'],
    ])
  })
})

describe('limits that were met', () => {
  it('are listed one by one', () => {
    expect(
      limitLines({
        waiting: { slot: 12, batch: 1 },
        ended: { timeout: 2, memory: 1 },
        stderrCut: 3,
        batchesCut: 1,
        connectionsClosed: 500,
      }),
    ).toEqual([
      '12 jobs waiting for a slot',
      '1 job waiting for a slot of its batch',
      '2 jobs ended by a limit: time',
      '1 job ended by a limit: memory',
      '3 jobs with only the end of stderr in the history',
      '1 batch cut short: less came than was to come',
      '500 connections closed without a proof in time',
    ])
  })

  it('are not mentioned when there are none', () => {
    expect(limitLines(none)).toEqual([])
  })
})

describe('a question', () => {
  test('before a restart: only when jobs run, with the numbers of those that would be ended', () => {
    expect(restartQuestion({ queued: 5, succeeded: 3 })).toBeUndefined()
    const question = restartQuestion({ running: 2, stopping: 1, queued: 5 })
    expect(question).toMatchObject({
      message: '3 jobs run. Restart the job service?',
      close: 'Keep Them Running',
      actions: ['Restart When They Have Ended', 'End 3 Jobs and Restart'],
    })
    expect(question?.detail).toContain('The 5 queued jobs stay queued.')
    expect(restartQuestion({ running: 1, queued: 1 })).toMatchObject({
      message: '1 job runs. Restart the job service?',
      close: 'Keep It Running',
      actions: ['Restart When It Has Ended', 'End 1 Job and Restart'],
    })
    expect(restartQuestion({ running: 1 })?.detail).not.toContain('queued')
  })

  test('before the store is moved: what is cancelled, and that nothing is deleted', () => {
    const sizes = { storeBytes: 1024, outputBytes: 2048 }
    expect(asideQuestion({ running: 1, queued: 2 }, sizes)).toMatchObject({
      detail: expect.stringMatching(/^3 jobs \(1 running, 2 queued\) are cancelled first\. .*3 KB.*nothing is deleted/),
      close: 'Keep the Store',
      actions: ['Cancel 3 Jobs and Move the Store'],
    })
    expect(asideQuestion({ succeeded: 4 }, sizes)).toMatchObject({
      detail: expect.not.stringContaining('cancelled'),
      actions: ['Move the Store'],
    })
  })

  test('has no button that is called “Cancel” or “Yes”', () => {
    const questions = [
      restartQuestion({ running: 3 }),
      asideQuestion({ running: 3 }, { storeBytes: 0, outputBytes: 0 }),
    ]
    for (const question of questions)
      for (const label of [...(question?.actions ?? []), question?.close])
        expect(label).not.toMatch(/^(cancel|ok|yes|no|continue|proceed)$/i)
  })
})

describe('a report', () => {
  const status: ServiceStatus = {
    pid: 1,
    version: '1.2.3',
    startedAt: 0,
    stateFolder: '/home/me/.local/state/headless-jobs/abc',
    socket: '/home/me/socket',
    memoryBytes: 1024 * 1024,
    windows: ['secret-project'],
    settings: defaultSettings,
    settingsFrom: 'secret-project',
    draining: false,
  }
  const summary: Summary = {
    counts: { succeeded: 3, failed: 1 },
    paused: true,
    pausedBecause: 'The machine was restarted.',
    concurrency: 2,
    concurrencyWhy: 'Set in headlessJobs.concurrency, last by the window “secret-project”.',
    slotsTaken: 1,
    undelivered: 2,
    workers: [{ id: 'w', name: 'n', state: 'idle', command: ['python3', 'w.py', '--token', 'hunter2'], served: 4 }],
  }
  const report: ServiceReport = { storeBytes: 4096, outputBytes: 0, limits: { ...none, ended: { timeout: 1 } } }
  const window = { editor: 'Code 1.106' }
  const text = reportText({ status, report, summary, secretNames: [], window, home: '/home/me', now: 5000 })

  it('has what somebody needs who helps', () => {
    for (const part of [
      'editor: Code 1.106',
      'service: version 1.2.3, for 5s, 1 MB of memory, 1 window',
      'folder: ~/.local/state/headless-jobs/abc',
      storeText(report),
      'jobs: 3 succeeded, 1 failed',
      `concurrency: ${concurrencyText(summary)}. Set in headlessJobs.concurrency`,
      'paused. The machine was restarted.',
      '2 results were not delivered.',
      '1 job ended by a limit: time',
      'idle, 4 jobs: python3 w.py --token …',
      'killGraceSeconds: 5',
    ])
      expect(text).toContain(part)
  })

  it('has nothing that is nobody else’s matter', () => {
    for (const secret of ['secret-project', 'hunter2', '/home/me', 'socket']) expect(text).not.toContain(secret)
  })
})
