// Results are given to windows when they are on disk, and not before.
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { MAX_MESSAGE_BYTES } from '../../../src/core/protocol/limits'
import type { ServiceEvent } from '../../../src/core/protocol/protocol'
import { messageBytes } from '../../../src/core/protocol/wire'
import { statePaths } from '../../../src/service/base/paths'
import { Signal } from '../../../src/service/base/signal'
import { Batches } from '../../../src/service/jobs/batches'
import { JobInfos } from '../../../src/service/jobs/jobInfos'
import { Deliveries } from '../../../src/service/lifecycle/deliveries'
import { Activations } from '../../../src/service/sessions/activations'
import { HandlerOffers } from '../../../src/service/sessions/handlerOffers'
import { Session } from '../../../src/service/sessions/session'
import { Environments } from '../../../src/service/state/environments'
import { Store } from '../../../src/service/store/store'
import { jobRecord } from '../../support/jobRecord'
import { makeTempState, type TempState } from '../../support/tempState'
import { until } from '../../support/until'

const ID = 'test.window/take'
const WORKSPACE = '/ws'

let state: TempState
let store: Store
beforeEach(() => {
  state = makeTempState()
  store = new Store(statePaths(state.folder).store)
})
afterEach(async () => {
  store.close()
  await state.remove()
})

/** What a service that came now would find. */
function onDisk(): unknown[] {
  const reader = new DatabaseSync(statePaths(state.folder).store, { readOnly: true })
  const rows = reader.prepare('SELECT state, handler FROM jobs LEFT JOIN deliveries ON subject = jobs.seq').all()
  reader.close()
  return rows.map(row => ({ ...(row as object) }))
}

/** A window, as far as deliveries know it. */
class TestSession extends Session {
  /** The ids of the jobs whose results it was given. */
  readonly given: string[] = []
  /** Extensions that it was asked to activate. */
  readonly asked: string[] = []
  /** Bytes of the largest event. */
  largest = 0
  /** What was on disk then. */
  found: unknown[] = []

  override send(event: ServiceEvent): void {
    if (event.type === 'handlersWanted') this.asked.push(...event.extensions)
    if (event.type !== 'deliver') return
    this.largest = Math.max(this.largest, messageBytes(event))
    this.found = onDisk()
    for (const result of event.results) if ('job' in result) this.given.push(result.job.ended.info.id)
  }
}

/** `offer`: a window says which handlers it has. */
function makeDeliveries() {
  const batches = new Batches()
  const offers = new HandlerOffers()
  store.environments.put('environment', WORKSPACE, '{}', '[]') // of all jobs
  const deliveries = new Deliveries({
    store,
    batches,
    infos: new JobInfos(store, batches, { reasonOf: () => undefined }),
    environments: new Environments(store),
    offers,
    activations: new Activations(offers),
    viewChanged: new Signal(),
  })
  const offer = (session: Session, results: string[]) => {
    offers.set(session, { results })
    deliveries.offersChanged()
  }
  return { deliveries, offer }
}

/** A job ends; returns its id. */
function end(deliveries: Deliveries, seq: number, context?: string): string {
  const spec = { ...jobRecord(seq).spec, resultHandler: { id: ID, context } }
  const job = jobRecord(seq, { spec, state: 'starting' })
  store.insertJob(job)
  store.writes.commit()
  store.setState(seq, 'succeeded', { endedAt: 2000 })
  deliveries.jobEnded({ ...job, state: 'succeeded', facts: { endedAt: 2000 } })
  return job.id
}

/** Of another workspace or of that of the jobs. */
function windowOf(workspace: string): TestSession {
  return Object.assign(new TestSession(workspace), { workspace })
}

const has = (window: TestSession, ...ids: string[]) =>
  until(() => ids.every(id => window.given.includes(id)), 5000, 'the results')

it('the end of a job is on disk before its handler hears of it', async () => {
  const { deliveries, offer } = makeDeliveries()
  const window = new TestSession('window')
  offer(window, [ID])
  await has(window, end(deliveries, 1))
  expect(window.found).toEqual([{ state: 'succeeded', handler: ID }])
})

it('results go on when a window answers for one that another window has reported to be taken', async () => {
  const { deliveries, offer } = makeDeliveries()
  const window = new TestSession('window')
  offer(window, [ID])
  const first = end(deliveries, 1)
  await has(window, first)
  await deliveries.answered(new TestSession('it was given before'), [{ id: first }])
  await deliveries.answered(window, [{ id: first }])
  const second = end(deliveries, 2)
  await has(window, second)
  expect(window.given).toEqual([first, second])
})

it('results with long contexts come in as many messages as they need', async () => {
  const { deliveries, offer } = makeDeliveries()
  const window = new TestSession('window')
  const ids = [1, 2, 3].map(seq => end(deliveries, seq, 'x'.repeat(MAX_MESSAGE_BYTES / 2)))
  await new Promise(resolve => setImmediate(resolve)) // each has been offered, to nobody
  offer(window, [ID])
  for (const id of ids) {
    await has(window, id)
    await deliveries.answered(window, [{ id }])
  }
  expect(window.given).toEqual(ids)
  expect(window.largest).toBeLessThan(MAX_MESSAGE_BYTES)
})

it('what a window gives back goes to the next one, with all that came after it', async () => {
  const { deliveries, offer } = makeDeliveries()
  const first = new TestSession('first')
  const next = new TestSession('next')
  offer(first, [ID])
  const ids = [end(deliveries, 1), end(deliveries, 2)] as const
  await has(first, ...ids)
  offer(first, [])
  offer(next, [ID])
  await deliveries.answered(first, [{ id: ids[0], returned: true }])
  await has(next, ...ids)
})

it('a window of another workspace is asked for the handler, also when it connects later', async () => {
  const { deliveries, offer } = makeDeliveries()
  const own = windowOf(WORKSPACE)
  offer(own, [])
  end(deliveries, 1)
  await until(() => own.asked.length > 0, 10_000, 'the question to the window of the workspace')
  const other = windowOf('/elsewhere')
  offer(other, [])
  await until(() => other.asked.length > 0, 10_000, 'the question to the other window')
  expect([own.asked, other.asked]).toEqual([['test.window'], ['test.window']])
  const last = windowOf('/anywhere')
  offer(last, [])
  await until(() => last.asked.length > 0, 10_000, 'the question to the last window')
})
