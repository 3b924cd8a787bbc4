// Who starts when a place becomes free, with parts of the test's own around the scheduler and its queue.
import { beforeEach, expect, it, vi } from 'vitest'
import { Signal } from '../../../src/service/base/signal'
import type { Limit } from '../../../src/service/jobs/limit'
import { ParkedJobs } from '../../../src/service/jobs/parkedJobs'
import { Gate } from '../../../src/service/scheduling/gate'
import { Holds } from '../../../src/service/scheduling/holds'
import { JobQueue } from '../../../src/service/scheduling/jobQueue'
import { Scheduler, type SchedulerParts } from '../../../src/service/scheduling/scheduler'
import type { JobRecord } from '../../../src/service/store/records'
import { jobRecord } from '../../support/jobRecord'
import { until } from '../../support/until'

const SLOTS = 4
/** Twice the slots: inputs of a group that are made ahead. */
const MOST = 2 * SLOTS
/** Of the batch that all jobs belong to. */
const BATCH = 1
const POOL = 1
const OTHER_POOL = 2

let free: number
let lacking: Set<number>
/** Whether workers of the pools are free. */
let mayTakeSlot: boolean
let jobs: Map<number, JobRecord>
let started: number[]
/** Who was asked for an input. */
let asked: number[]
let limit: Limit
let parkedInPools: ParkedJobs
let gate: Gate
let queue: JobQueue
let scheduler: Scheduler

beforeEach(() => {
  free = 0
  lacking = new Set()
  mayTakeSlot = true
  jobs = new Map()
  started = []
  asked = []
  limit = { parked: new ParkedJobs(() => undefined), groupOf: ({ batch }) => batch, free: () => free, needs: () => 1 }
  parkedInPools = new ParkedJobs(() => undefined)
  const pools = [POOL, OTHER_POOL].map(key => ({
    key,
    get mayTakeSlot() {
      return mayTakeSlot
    },
  }))
  gate = new Gate(SLOTS, () => undefined)
  const common = {
    limits: [limit],
    holds: new Holds({ mayNotStart: false }, () => undefined),
    secrets: { lacksSecret: ({ seq }: JobRecord) => lacking.has(seq) },
  }
  queue = new JobQueue({
    ...common,
    pools: { parked: parkedInPools, join: ({ spec }) => spec.keepAlive?.max ?? 0 },
    isElsewhere: () => false,
    handlers: { offeredInputs: [], isInputOffered: () => false },
    onHandlerWanted: () => undefined,
    onReady: () => undefined,
  })
  const parts = {
    ...common,
    queue,
    gate,
    settings: { changed: new Signal() },
    pools: { parked: parkedInPools, get: (key: number) => pools.find(pool => pool.key === key), hasAssigned: false },
    store: { job: (seq: number) => jobs.get(seq), jobInTurn: (seq: number) => jobs.get(seq) },
    stdin: {
      request({ seq }: JobRecord) {
        asked.push(seq)
        return { session: 's' }
      },
    },
    starter: {
      async start({ seq }: JobRecord) {
        started.push(seq)
        free--
      },
    },
  }
  scheduler = new Scheduler(parts as unknown as SchedulerParts)
})

/** @param pool whose workers serve the job; here `max` says it */
function submit(seq: number, pool = 0, differences: Partial<JobRecord['spec']> = {}): void {
  const job = jobRecord(seq, { batch: BATCH })
  job.spec = { ...job.spec, ...(pool > 0 && { keepAlive: { max: pool } }), ...differences }
  jobs.set(seq, job)
  queue.add(job)
}

function submitAsking(seq: number, pool = 0, priority = 0): void {
  submit(seq, pool, { stdin: { ask: true }, priority })
}

function setPriority(seq: number, priority: number): void {
  const job = jobs.get(seq) as JobRecord
  job.spec = { ...job.spec, priority }
  queue.setPriority(seq, priority)
}

it.each([
  ['lacks a secret', () => lacking.add(1)],
  ['waits for a worker', () => (mayTakeSlot = false)],
])('the place of a job that %s goes to the next one of its batch', (_, holdUp) => {
  submit(1, POOL)
  for (const seq of [2, 3]) submit(seq)
  scheduler.schedule()
  expect([started, limit.parked.sizeOf(BATCH)]).toEqual([[], 3])
  holdUp()
  free = 1
  scheduler.unpark(limit, BATCH)
  expect([started, limit.parked.sizeOf(BATCH)]).toEqual([[2], 1])
})

it.each([
  ['a pool that is', [POOL], 1],
  ['two pools that are', [POOL, OTHER_POOL], 2],
])('of those that wait for the same batch and for %s full only some are moved', (_, pools, moved) => {
  for (let seq = 1; seq <= 100; seq++) submit(seq, pools[seq % pools.length])
  scheduler.schedule()
  mayTakeSlot = false
  free = 1
  scheduler.unpark(limit, BATCH)
  expect([started, limit.parked.sizeOf(BATCH), parkedInPools.size]).toEqual([[], 100 - moved, moved])
})

/** The inputs of those that were asked come, and of those that are asked then. */
function answer(): void {
  for (const seq of asked) if (queue.inputReceived(seq)) scheduler.schedule()
}

it('jobs that are not asked for their inputs are put aside in slices', async () => {
  const JOBS = 10_000
  const looksAtLimit = vi.spyOn(limit, 'free')
  for (let seq = 1; seq <= JOBS; seq++) submitAsking(seq)
  scheduler.schedule()
  answer()
  expect(looksAtLimit.mock.calls.length).toBeLessThan(JOBS)
  await until(() => looksAtLimit.mock.calls.length >= JOBS, 20_000, 'the others')
  expect([started, queue.size]).toEqual([[], JOBS])
  expect(asked.length).toBeLessThanOrEqual(2 * MOST)
})

it.each([
  ['batch', 0, () => limit.parked.firstOf(BATCH)],
  ['pool', POOL, () => parkedInPools.firstOf(POOL)],
])(
  'an urgent job, and one that becomes so, is asked for its input although others of its %s have theirs',
  (_, pool, next) => {
    mayTakeSlot = false
    free = pool
    for (let seq = 1; seq <= 100; seq++) submitAsking(seq, pool)
    scheduler.schedule()
    answer()
    expect(asked).not.toContain(100)
    setPriority(100, 1)
    submitAsking(101, pool, 2)
    scheduler.schedule()
    expect(asked.slice(-2)).toEqual([101, 100])
    answer()
    expect(next()?.seq).toBe(101)
  },
)

it('the input of an urgent job is asked for although others that wait for a slot have theirs', () => {
  free = 100
  gate.run(SLOTS, () => new Promise(() => undefined))
  for (let seq = 1; seq <= 100; seq++) submitAsking(seq)
  scheduler.schedule()
  answer()
  expect(asked.length).toBe(MOST)
  submitAsking(101, 0, 1)
  scheduler.schedule()
  expect(asked.at(-1)).toBe(101)
})

it('when jobs are parked, all of whose inputs came at once, others are asked for theirs', () => {
  for (let seq = 1; seq <= 100; seq++) submitAsking(seq)
  const other = jobRecord(101)
  other.spec = { ...other.spec, stdin: { ask: true } }
  jobs.set(101, other)
  queue.add(other)
  for (let known = -1; known < asked.length; ) {
    known = asked.length
    for (const seq of asked) queue.inputReceived(seq)
    scheduler.schedule()
  }
  expect(asked).toContain(101)
})
