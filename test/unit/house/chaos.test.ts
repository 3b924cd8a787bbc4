// The chaos test can fail: its plan is made of the seed, and each of its checks finds what it is for.
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { JobInfo } from '../../../src/api'
import { Accounts } from '../../chaos/accounts'
import { missingJobs, notLost, strangers, wrongBatch, wrongJob } from '../../chaos/checks'
import { Journal } from '../../chaos/journal'
import { NEVER, type PlannedJob, planOf } from '../../chaos/plan'
import { runsFile } from '../../chaos/specs'

const HANDLER = 'chaos.host/a'
const planned: PlannedJob = { token: 'r1-j1', kind: 'short', ms: 50, handler: HANDLER }
const job = {
  id: 'id',
  name: 'r1-j1',
  state: 'succeeded',
  attempts: 1,
  delivery: 'delivered',
} as JobInfo

let folder: string
let accounts: Accounts
let journal: Journal
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hj-chaos-'))
  accounts = new Accounts(folder)
  journal = new Journal(folder, 1)
})
afterEach(() => {
  journal.close()
  rmSync(folder, { recursive: true })
})

const token = job.name
const runs = () => appendFileSync(runsFile(folder), `${token}\n`)
const given = () => journal.note({ what: 'given', token, handler: HANDLER, state: 'succeeded', isRight: true })

/** As it goes when nothing is wrong. */
function takeIt(): void {
  runs()
  journal.note({ what: 'received', token, connection: 1 })
  given()
  journal.note({ what: 'returned', token })
  journal.note({ what: 'confirmed', token, connection: 1 })
}

function wrong(facts: Partial<JobInfo> = {}, plan: Partial<PlannedJob> = {}): string[] {
  accounts.update()
  return [...accounts.faults, ...wrongJob({ ...job, ...facts } as JobInfo, { ...planned, ...plan }, accounts)]
}

it('a plan is made of the seed and the round', () => {
  expect(planOf(1, 2)).toEqual(planOf(1, 2))
  expect(planOf(1, 2)).not.toEqual(planOf(1, 3))
  expect(planOf(1, 2).steps).not.toEqual(planOf(2, 2).steps)
})

describe('of a job', () => {
  it('nothing is wrong when it ran and its result was taken', () => {
    takeIt()
    expect(wrong()).toEqual([])
    expect(accounts.repeated).toBe(0)
  })

  it.each<[string, Partial<JobInfo>, Partial<PlannedJob>]>([
    ['nothing goes on', { state: 'queued' }, {}],
    ['as no kill explains', { state: 'failed', error: { kind: 'service', message: '' } }, {}],
    ['its handler was given succeeded', { state: 'lost' }, {}],
    ['in 2 attempts with 0 retries', { attempts: 2 }, {}],
    ['its result is waiting', { delivery: 'waiting' }, {}],
    ['its handler throws', {}, { handler: NEVER }],
  ])('it is found that %s', (sentence, facts, plan) => {
    takeIt()
    expect(wrong(facts, plan)).toContainEqual(expect.stringContaining(sentence))
  })

  it('it is found that it ran twice, or never', () => {
    expect(wrong()).toContainEqual(expect.stringContaining('was never run'))
    takeIt()
    runs()
    expect(wrong()).toEqual([expect.stringContaining('was run 2 times in 1 attempts')])
  })

  it('it is found that no handler has returned', () => {
    runs()
    expect(wrong()).toEqual([expect.stringContaining('no handler returned')])
  })
})

describe('a result that comes again', () => {
  it('is a fault once the service has confirmed it', () => {
    takeIt()
    new Journal(folder, 2).note({ what: 'received', token, connection: 1 })
    expect(wrong()).toEqual([expect.stringContaining('was delivered again')])
  })

  it('is counted when the service could not know', () => {
    takeIt()
    const other = new Journal(folder, 2)
    const unknown = { ...planned, token: 'r1-j2' }
    journal.note({ what: 'returned', token: unknown.token })
    other.note({ what: 'received', token: unknown.token, connection: 1 })
    other.note({ what: 'given', token: unknown.token, handler: HANDLER, state: 'succeeded', isRight: true })
    expect(wrong()).toEqual([])
    expect(accounts.repeated).toBe(1)
  })

  it('is a fault in the host whose handler has returned', () => {
    takeIt()
    given()
    expect(wrong()).toEqual([expect.stringContaining('twice to the handler of one host')])
  })
})

it('what is missing, twice in the list, or not lost is found', () => {
  journal.note({ what: 'accepted', token, id: 'id' })
  accounts.update()
  expect(missingJobs(accounts.all, [job])).toEqual([])
  expect(missingJobs(accounts.all, [])).toEqual([expect.stringContaining('is not in the list')])
  expect(missingJobs(accounts.all, [job, { ...job, id: 'other' }])).toEqual([expect.stringContaining('twice')])
  expect(notLost(new Set(['id']), [{ ...job, state: 'lost' }])).toEqual([])
  expect(notLost(new Set(['id']), [job])).toEqual([expect.stringContaining('is succeeded')])
})

it('a batch that is not there or has not ended is found', () => {
  const batch = { id: 'b', name: 'r1-b1', owner: '', sealed: 'open', total: 1, counts: {}, submittedAt: 1 } as const
  expect(wrongBatch('r1-b1', undefined, undefined, accounts)).toEqual([expect.stringContaining('is not there')])
  expect(wrongBatch('r1-b1', batch, undefined, accounts)).toEqual([expect.stringContaining('has not ended')])
  expect(wrongBatch('r1-b1', { ...batch, endedAt: 2 }, undefined, accounts)).toEqual([])
})

it('processes that nobody knows are found', () => {
  const found = (pid: number, parent: number, what: 'service' | 'runner' | 'worker' | 'job') => ({
    pid,
    parent,
    what,
    words: ['x'],
  })
  const known = [found(1, 0, 'service'), found(2, 1, 'runner')]
  expect(strangers(known, undefined, 1)).toEqual([])
  const strange = [found(3, 0, 'service'), found(4, 3, 'runner'), found(5, 2, 'worker'), found(6, 2, 'job')]
  expect(strangers([...known, ...strange], undefined, 1)).toHaveLength(strange.length)
})
