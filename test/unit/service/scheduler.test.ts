// Who starts when a place becomes free, with parts of the test's own around the scheduler and its queue.
import { beforeEach, expect, it } from 'vitest'
import { Signal } from '../../../src/service/base/signal'
import type { Limit } from '../../../src/service/jobs/limit'
import { ParkedJobs } from '../../../src/service/jobs/parkedJobs'
import { Gate } from '../../../src/service/scheduling/gate'
import { Holds } from '../../../src/service/scheduling/holds'
import { JobQueue } from '../../../src/service/scheduling/jobQueue'
import { Scheduler, type SchedulerParts } from '../../../src/service/scheduling/scheduler'
import type { JobRecord } from '../../../src/service/store/records'
import { jobRecord } from '../../support/jobRecord'

/** Of the batch that all jobs belong to. */
const BATCH = 1
const POOL = 1

let free: number
let lacking: Set<number>
/** Whether a worker of the pool is free. */
let mayTakeSlot: boolean
let jobs: Map<number, JobRecord>
let started: number[]
let limit: Limit
let queue: JobQueue
let scheduler: Scheduler

beforeEach(() => {
  free = 0
  lacking = new Set()
  mayTakeSlot = true
  jobs = new Map()
  started = []
  limit = { parked: new ParkedJobs(() => undefined), groupOf: () => BATCH, free: () => free, needs: () => 1 }
  const parked = new ParkedJobs(() => undefined)
  const pool = {
    key: POOL,
    get mayTakeSlot() {
      return mayTakeSlot
    },
  }
  const common = {
    limits: [limit],
    holds: new Holds({ mayNotStart: false }, () => undefined),
    secrets: { lacksSecret: ({ seq }: JobRecord) => lacking.has(seq) },
  }
  queue = new JobQueue({
    ...common,
    pools: { parked, join: ({ spec }) => (spec.keepAlive ? POOL : 0) },
    isElsewhere: () => false,
    handlers: { offeredInputs: [], isInputOffered: () => false },
    onHandlerWanted: () => undefined,
    onReady: () => undefined,
  })
  const parts = {
    ...common,
    queue,
    gate: new Gate(4, () => undefined),
    settings: { changed: new Signal() },
    pools: { parked, get: (key: number) => (key === POOL ? pool : undefined), hasAssigned: false },
    store: { job: (seq: number) => jobs.get(seq), jobInTurn: (seq: number) => jobs.get(seq) },
    starter: {
      async start({ seq }: JobRecord) {
        started.push(seq)
        free--
      },
    },
  }
  scheduler = new Scheduler(parts as unknown as SchedulerParts)
})

function submit(seq: number, keepAlive = false): void {
  const job = jobRecord(seq, { batch: BATCH })
  if (keepAlive) job.spec = { ...job.spec, keepAlive: {} }
  jobs.set(seq, job)
  queue.add(job)
}

it.each([
  ['lacks a secret', () => lacking.add(1)],
  ['waits for a worker', () => (mayTakeSlot = false)],
])('the place of a job that %s goes to the next one of its batch', (_, holdUp) => {
  submit(1, true)
  for (const seq of [2, 3]) submit(seq)
  scheduler.schedule()
  expect([started, limit.parked.sizeOf(BATCH)]).toEqual([[], 3])
  holdUp()
  free = 1
  scheduler.unpark(limit, BATCH)
  expect([started, limit.parked.sizeOf(BATCH)]).toEqual([[2], 1])
})
