// Wherever a queued job waits, it is counted, found and forgotten in the same way.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { WaitReason } from '../../../src/api'
import { ParkedJobs } from '../../../src/service/jobs/parkedJobs'
import type { QueueEntry } from '../../../src/service/jobs/priorityQueue'
import type { QueuePlace } from '../../../src/service/jobs/queuePlace'
import { Holds } from '../../../src/service/scheduling/holds'
import { JobQueue } from '../../../src/service/scheduling/jobQueue'
import { LackingSecrets, RetryDelays, SlotQueue } from '../../../src/service/scheduling/places'
import { StdinInputs } from '../../../src/service/scheduling/stdinInputs'
import { jobRecord } from '../../support/jobRecord'

const entry = (seq: number, group = 0): QueueEntry => ({
  seq,
  priority: 0,
  cores: 1,
  groups: [group],
  elsewhere: false,
  pool: 0,
})

const request = { session: 's' }

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** Each with how a job comes to it. */
const kinds: Record<string, () => { place: QueuePlace; add(seq: number): void }> = {
  'the jobs that wait for a slot': () => {
    const place = new SlotQueue()
    return { place, add: seq => place.add(entry(seq)) }
  },
  'the jobs that are parked by group': () => {
    const place = new ParkedJobs(() => 'batch')
    return { place, add: seq => place.add(seq % 2, entry(seq)) }
  },
  'the jobs that lack a secret': () => {
    const place = new LackingSecrets({ lacksSecret: () => true })
    return { place, add: seq => place.add(entry(seq)) }
  },
  'the jobs that pause before another attempt': () => {
    const place = new RetryDelays()
    return { place, add: seq => place.add(jobRecord(seq), 1000, () => expect.unreachable('it has been removed')) }
  },
  'the jobs whose stdin was requested': () => {
    const place = new StdinInputs()
    return { place, add: seq => place.add(entry(seq), request, () => expect.unreachable('it has been removed')) }
  },
  'the jobs whose stdin a named handler makes': () => {
    const place = new ParkedJobs<string>(
      () => 'handler',
      () => 'never',
    )
    return { place, add: seq => place.add(`a.b/${seq % 2}`, entry(seq)) }
  },
}

describe.each(Object.entries(kinds))('%s', (_, make) => {
  it('are counted and found', () => {
    const { place, add } = make()
    expect([place.size, place.has(1)]).toEqual([0, false])
    for (const seq of [1, 2, 3]) add(seq)
    expect([place.size, place.has(1), place.has(4)]).toEqual([3, true, false])
  })

  it('are forgotten when they end, and their timers with them', () => {
    const { place, add } = make()
    for (const seq of [1, 2, 3]) add(seq)
    for (const seq of [2, 2, 4]) place.remove(seq)
    expect([place.size, place.has(2), place.has(3)]).toEqual([2, false, true])
    for (const seq of [1, 3]) place.remove(seq)
    expect(place.size).toBe(0)
    vi.runAllTimers()
  })
})

describe('parked jobs', () => {
  it('come back in order, each group by itself', () => {
    const parked = new ParkedJobs(() => 'worker')
    for (const seq of [4, 2, 1, 3]) parked.add(seq % 2, entry(seq))
    parked.remove(1)
    expect([parked.sizeOf(0), parked.sizeOf(1)]).toEqual([2, 1])
    expect([parked.shift(0), parked.shift(1), parked.shift(1), parked.shift(7)].map(found => found?.seq)).toEqual([
      2,
      3,
      undefined,
      undefined,
    ])
    expect(parked.size).toBe(1)
  })
})

describe('the stdin of a job', () => {
  it('is held until the job starts', () => {
    const inputs = new StdinInputs()
    inputs.add(entry(1), request, () => undefined)
    expect(inputs.receive(2)).toBeUndefined()
    expect(inputs.receive(1)?.seq).toBe(1)
    expect([inputs.size, inputs.heldBefore(entry(3))]).toEqual([0, 1])
    inputs.release(1)
    expect(inputs.heldBefore(entry(3))).toBe(0)
  })

  it('does not count as held while the job is parked with it', () => {
    const inputs = new StdinInputs()
    for (const seq of [1, 2]) inputs.add(entry(seq), request, () => undefined)
    inputs.receive(1)
    for (const seq of [1, 2]) inputs.park(entry(seq), 'batch')
    expect([inputs.heldBefore(entry(3)), inputs.heldBefore(entry(3), 'batch')]).toEqual([1, 1])
    inputs.unpark(entry(1))
    expect([inputs.heldBefore(entry(3)), inputs.heldBefore(entry(3), 'batch')]).toEqual([2, 0])
    inputs.park(entry(1), 'worker')
    inputs.release(1)
    expect([
      inputs.heldBefore(entry(3)),
      inputs.heldBefore(entry(3), 'batch'),
      inputs.heldBefore(entry(3), 'worker'),
    ]).toEqual([1, 0, 0])
    inputs.remove(2)
    expect(inputs.heldBefore(entry(3))).toBe(0)
  })

  it('is held before others as its turn is, which may change', () => {
    const inputs = new StdinInputs()
    for (const seq of [1, 2]) inputs.add(entry(seq), request, () => undefined)
    inputs.receive(1)
    inputs.park(entry(1), 'batch')
    const urgent = { seq: 3, priority: 1 }
    expect([inputs.heldBefore(urgent), inputs.heldBefore(urgent, 'batch')]).toEqual([0, 0])
    for (const seq of [1, 2]) inputs.setPriority(seq, 1)
    expect([inputs.heldBefore(urgent), inputs.heldBefore(urgent, 'batch')]).toEqual([1, 1])
    inputs.remove(2)
  })

  it('that does not come in time is not waited for', () => {
    const inputs = new StdinInputs()
    const onTimeout = vi.fn()
    inputs.add(entry(1), request, onTimeout)
    vi.runAllTimers()
    expect(onTimeout).toHaveBeenCalledOnce()
    expect([inputs.size, inputs.heldBefore(entry(3))]).toEqual([0, 0])
  })
})

describe('the queue', () => {
  const causes = { batch: undefined as WaitReason | undefined, pool: undefined as WaitReason | undefined }
  const store = { mayNotStart: false }
  let lacking = new Set<number>()
  let holds: Holds
  let queue: JobQueue
  let parkedInBatches: ParkedJobs
  let parkedInPools: ParkedJobs
  const onReady = vi.fn()
  const onHandlerWanted = vi.fn()
  let offered: string[] = []
  const handledJob = (seq: number, id: string) =>
    jobRecord(seq, { spec: { ...jobRecord(seq).spec, stdin: { ask: true, handler: { id } } } })

  beforeEach(() => {
    Object.assign(causes, { batch: undefined, pool: undefined })
    store.mayNotStart = false
    lacking = new Set()
    onReady.mockClear()
    onHandlerWanted.mockClear()
    offered = []
    parkedInBatches = new ParkedJobs(() => causes.batch)
    parkedInPools = new ParkedJobs(() => causes.pool)
    holds = new Holds(store, () => undefined)
    queue = new JobQueue({
      limits: [{ parked: parkedInBatches, groupOf: ({ batch }) => batch }],
      pools: { parked: parkedInPools, join: () => 0 },
      isElsewhere: ({ spec }) => spec.queue === 'lab',
      secrets: { lacksSecret: ({ seq }) => lacking.has(seq) },
      holds,
      handlers: {
        get offeredInputs() {
          return offered
        },
        isInputOffered: id => offered.includes(id),
      },
      onHandlerWanted,
      onReady,
    })
  })

  it('names the first thing that holds a job up', () => {
    const job = jobRecord(1)
    const reasons = [queue.reasonOf(job)]
    causes.pool = 'worker'
    reasons.push(queue.reasonOf(job))
    causes.batch = 'batch'
    reasons.push(queue.reasonOf(job))
    holds.pause(true)
    reasons.push(queue.reasonOf(job))
    lacking.add(1)
    reasons.push(queue.reasonOf(job))
    store.mayNotStart = true
    reasons.push(queue.reasonOf(job))
    queue.addLater(job, 1000)
    reasons.push(queue.reasonOf(job))
    expect(reasons).toEqual(['slot', 'worker', 'batch', 'paused', 'secret', 'service', 'retry'])
  })

  it('lets jobs wait for the handler of their input while no window offers it', () => {
    const job = handledJob(1, 'a.b/c')
    holds.pause(true)
    expect(queue.reasonOf(job)).toBe('handler')
    offered = ['a.b/c']
    expect(queue.reasonOf(job)).toBe('paused')
    expect(queue.reasonOf(jobRecord(1))).toBe('paused')
  })

  it('requests inputs of functions and of offered handlers in one order', () => {
    for (const seq of [1, 4, 6]) queue.add(handledJob(seq, 'a.b/c'))
    for (const seq of [2, 5]) queue.add(handledJob(seq, 'a.b/lacking'))
    queue.add(jobRecord(3, { spec: { ...jobRecord(3).spec, stdin: { ask: true } } }))
    expect(onHandlerWanted.mock.calls).toEqual([['a.b/c'], ['a.b/lacking']])
    expect([queue.size, queue.waitingForHandlers, [...queue.wantedHandlers]]).toEqual([6, 5, ['a.b/c', 'a.b/lacking']])
    offered = ['a.b/c', 'a.b/other', 'a.b/c']
    const seqs = [1, 2, 3, 4, 5].map(() => queue.shiftToRequest(10)?.seq)
    expect(seqs).toEqual([1, 3, 4, 6, undefined])
    expect([queue.size, [...queue.wantedHandlers]]).toEqual([2, ['a.b/lacking']])
    expect(queue.isIdle(false)).toBe(true)
  })

  it('requests an input again where a window has not called its handler', () => {
    const job = handledJob(1, 'a.b/c')
    offered = ['a.b/c']
    queue.add(job)
    const first = queue.shiftToRequest(10)
    queue.waitForInput(first as QueueEntry, { session: 's', handler: 'a.b/c' }, () => expect.unreachable())
    expect([queue.shiftToRequest(10), queue.isIdle(true)]).toEqual([undefined, false])
    offered = []
    queue.requestAgain(1)
    queue.requestAgain(1)
    expect(onHandlerWanted.mock.calls).toEqual([['a.b/c']])
    vi.runAllTimers()
    expect([queue.size, queue.inputRequestOf(1), queue.isIdle(false)]).toEqual([1, undefined, true])
    offered = ['a.b/c']
    expect(queue.shiftToRequest(10)?.seq).toBe(1)
  })

  it('lets the service go while what waits needs a window, or while somebody has stopped the queue', () => {
    expect(queue.isIdle(false)).toBe(true)
    queue.waitForSecret(entry(1))
    expect(queue.isIdle(false)).toBe(true)
    queue.add(jobRecord(2))
    expect([queue.isIdle(false), queue.isIdle(true)]).toEqual([false, true])
    queue.remove(2)
    parkedInPools.add(1, entry(3))
    expect([queue.isIdle(false), queue.isIdle(true)]).toEqual([false, true])
  })

  it('keeps the service while something that is under way will continue a job', () => {
    queue.addLater(jobRecord(1), 1000)
    expect(queue.isIdle(true)).toBe(false)
    vi.runAllTimers()
    expect(onReady).toHaveBeenCalledOnce()
    expect([queue.first()?.seq, queue.isIdle(true)]).toEqual([1, true])
    queue.waitForInput(entry(2), request, () => undefined)
    expect(queue.isIdle(true)).toBe(false)
  })

  const withPriority = (seq: number, priority: number) => jobRecord(seq, { spec: { ...jobRecord(seq).spec, priority } })

  it('knows the turn of each job, wherever it waits', () => {
    queue.add(withPriority(1, 0))
    queue.waitForSecret(entry(2))
    parkedInBatches.add(1, entry(3))
    queue.waitForInput(entry(4), request, () => undefined)
    queue.addLater(jobRecord(5), 1000)
    queue.add(withPriority(6, 1))
    const turns = [1, 2, 3, 4, 5].map(seq => queue.turnOf(jobRecord(seq))?.place)
    expect([...turns, queue.turnOf(withPriority(6, 1))?.place]).toEqual([2, 3, 4, 5, undefined, 1])
    expect(queue.turnOf(jobRecord(3))?.of).toBe(5)
    expect(queue.turnOf(jobRecord(7))).toBeUndefined()
    queue.remove(6)
    expect(queue.turnOf(jobRecord(3))).toEqual({ place: 3, of: 4 })
  })

  it('keeps those apart that take no slots of this machine, and moves those whose place has changed', () => {
    const elsewhere = (seq: number) => jobRecord(seq, { spec: { ...jobRecord(seq).spec, queue: 'lab' } })
    for (const job of [jobRecord(1), elsewhere(2), jobRecord(3)]) queue.add(job)
    queue.waitForSecret(entry(4))
    expect([queue.first()?.seq, queue.first('elsewhere')?.seq]).toEqual([1, 2])
    queue.enterAnew([2, 3, 4, 5], seq => (seq === 2 ? jobRecord(2) : elsewhere(seq)))
    expect([queue.first()?.seq, queue.first('elsewhere')?.seq, queue.size]).toEqual([1, 3, 4])
    queue.shift({ ...entry(3), elsewhere: true })
    expect([queue.first()?.seq, queue.first('elsewhere')]).toEqual([1, undefined])
  })

  it('takes another priority of a job, wherever it waits', () => {
    for (const seq of [1, 2]) queue.add(jobRecord(seq))
    queue.waitForSecret(entry(3))
    parkedInBatches.add(1, entry(4))
    queue.waitForInput(entry(5), request, () => undefined)
    queue.addLater(jobRecord(6), 1000)
    for (const seq of [2, 3, 4, 5, 6, 7]) queue.setPriority(seq, seq)
    expect(queue.highestPriority).toBe(5)
    expect(queue.first()?.seq).toBe(2)
    expect(parkedInBatches.shift(1)?.priority).toBe(4)
    vi.runAllTimers() // the attempt is due, and the input has not come
    expect(queue.first()).toMatchObject({ seq: 6, priority: 6 })
    for (const seq of [1, 2, 3, 6]) queue.remove(seq)
    expect(queue.highestPriority).toBe(0)
  })

  it('forgets a job that has ended, wherever it waited', () => {
    queue.add(jobRecord(1))
    queue.add(jobRecord(2, { spec: { ...jobRecord(2).spec, stdin: { ask: true } } }))
    queue.addLater(jobRecord(3), 1000)
    queue.waitForInput(entry(4), request, () => undefined)
    queue.waitForSecret(entry(5))
    parkedInBatches.add(1, entry(6))
    parkedInPools.add(1, entry(7))
    expect(queue.size).toBe(7)
    for (const seq of [1, 2, 3, 4, 5, 6, 7]) queue.remove(seq)
    expect(queue.size).toBe(0)
    vi.runAllTimers()
    expect(queue.isIdle(false)).toBe(true)
  })
})
