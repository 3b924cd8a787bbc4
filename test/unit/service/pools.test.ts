// How many idle workers are kept: by the slots of the machine on which they are.
import { expect, it } from 'vitest'
import type { RunSpec } from '../../../src/run/base/runTypes'
import { Pools } from '../../../src/service/pools/pools'
import { WorkerProxy, type WorkerProxyEvents } from '../../../src/service/runners/workerProxy'
import type { JobRecord } from '../../../src/service/store/records'

const SLOTS = { here: 1, lab: 4 }

/** Begins so many workers at once. @returns their pool, and what makes them idle */
function begin(pools: Pools, events: WorkerProxyEvents[], job: JobRecord, count: number) {
  const pool = pools.of(job)
  const begun = events.length
  for (let i = 0; i < count; i++)
    void pool.takeSlot(() => ({ id: `${i}`, command: ['sh'] }) as unknown as RunSpec).begin()
  return { pool, idle: () => events.slice(begun).map(each => each.onTasksEnded(1, 100)) }
}

function setUp() {
  const events: WorkerProxyEvents[] = []
  const pools = new Pools({
    startWorker: (_, spec, given) => {
      events.push(given)
      return new WorkerProxy(spec, false, given)
    },
    gate: { slots: SLOTS.here },
    environments: { keyOf: () => '' },
    ledger: { lastSeq: 0 },
    onChange: () => undefined,
    queues: {
      configOf: ({ spec }) => (spec.queue === 'lab' ? { kind: 'ssh', host: 'lab' } : undefined),
      isElsewhere: ({ spec }) => spec.queue === 'lab',
      slotsOf: name => (name === 'lab' ? SLOTS.lab : Number.POSITIVE_INFINITY),
    },
  })
  const jobOf = (queue: string | undefined) =>
    ({ spec: { command: ['sh'], cwd: '/', keepAlive: {}, ...(queue && { queue }) } }) as unknown as JobRecord
  return {
    here: (count: number) => begin(pools, events, jobOf(undefined), count),
    lab: (count: number) => begin(pools, events, jobOf('lab'), count),
  }
}

it('all that a queue elsewhere has slots for, however few this machine has', () => {
  const { here, lab } = setUp()
  const [elsewhere, local] = [lab(SLOTS.lab), here(2)]
  elsewhere.idle()
  local.idle()
  expect([elsewhere.pool.workers.size, local.pool.workers.size]).toEqual([SLOTS.lab, 2])
})

it.each([
  ['here', SLOTS.here],
  ['lab', SLOTS.lab],
] as const)('twice as many as there are slots, and no more: %s', (place, slots) => {
  const { idle, pool } = setUp()[place](2 * slots + 1)
  idle()
  expect(pool.workers.size).toBe(2 * slots)
})
