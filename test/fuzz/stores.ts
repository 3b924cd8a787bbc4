// Stores as job services have left them, and all that a job service reads of one when it starts and when windows ask.
import { readFileSync } from 'node:fs'
import type { HeadlessJobsApi } from '../../src/api'
import { findGroupings, findOrders } from '../../src/core/protocol/facts'
import { filterStates, parseFilter } from '../../src/core/protocol/filterText'
import { statePaths } from '../../src/service/base/paths'
import { Signal } from '../../src/service/base/signal'
import { sizesAfter } from '../../src/service/history/trim'
import { attemptsReply, spoolFilesAt, unsavedAt } from '../../src/service/jobs/attempts'
import { Batches } from '../../src/service/jobs/batches'
import { BatchPlaces } from '../../src/service/jobs/batchPlaces'
import { Entries } from '../../src/service/jobs/entries'
import { JobInfos } from '../../src/service/jobs/jobInfos'
import { JobLookup } from '../../src/service/jobs/jobLookup'
import { Ledger } from '../../src/service/jobs/ledger'
import { Session } from '../../src/service/sessions/session'
import { Sessions } from '../../src/service/sessions/sessions'
import { Environments } from '../../src/service/state/environments'
import { Settings } from '../../src/service/state/machineSettings'
import { Store } from '../../src/service/store/store'
import { groupsOf } from '../../src/service/views/foundGroups'
import { JobSearch } from '../../src/service/views/jobSearch'
import { RowOrigins } from '../../src/service/views/rowOrigins'
import { RowsWatch } from '../../src/service/views/rowsWatch'
import { isAlive, makeTempState } from '../support/tempState'
import { until } from '../support/until'
import { openWindow } from '../support/window'

/** The bytes of a store, and of SQLite's log when the service that wrote it was killed. */
export interface StoreBytes {
  store: Uint8Array
  log?: Uint8Array
}

/** Jobs that have succeeded, failed and been retried, batches, results that wait for a handler, and one that was run again. */
export async function makeStore(signal: 'SIGTERM' | 'SIGKILL'): Promise<StoreBytes> {
  const state = makeTempState()
  const window = openWindow(state.folder, { resultsInHistory: true })
  try {
    const { api, client } = window
    await fill(api)
    const { pid } = await client.service.status(null)
    client.dispose()
    process.kill(pid, signal)
    await until(() => !isAlive(pid), 30_000, 'the end of the service')
    const { store } = statePaths(state.folder)
    return { store: readFileSync(store), ...(signal === 'SIGKILL' && { log: readFileSync(`${store}-wal`) }) }
  } finally {
    window.client.dispose()
    await state.remove()
  }
}

async function fill(api: HeadlessJobsApi): Promise<void> {
  const jobs = [
    api.submit({ command: ['echo', 'a result'] }),
    api.submit({ command: ['sh', '-c', 'echo wrong >&2; exit 3'], retries: 1 }),
    api.submit({ command: ['/nonexistent/program'], env: { A: 'b' } }),
  ]
  const resultHandler = { id: 'someone.fuzz/never', context: { a: [1] } }
  const batch = api.submitBatch(
    Array.from({ length: 8 }, (_, i) => ({ command: ['echo', `${i}`] })),
    { resultHandler },
  )
  jobs.push(api.submit({ command: ['true'], wrapper: ['env'], resultHandler }))
  await Promise.all([...jobs.map(job => job.result), batch.completed])
  await api.openBatch().add({ command: ['true'] }).result // it stays open, and so it has begun and not ended
  const [first] = jobs
  if (first) await (await api.rerun({ ids: [first.id] }))[0]?.result
}

/**
 * Opens a store and reads all of it, as a job service does. Damage that is found on the way is fine: a service ends then,
 * and the next one moves the file aside.
 * @returns the sentence about what was moved aside
 */
export function readWholeStore(file: string): string | undefined {
  const store = new Store(file)
  try {
    readAll(store)
  } catch (error) {
    if (store.db.damage === undefined) throw error
  }
  store.close()
  return store.news
}

function readAll(store: Store): void {
  new Settings(store)
  const environments = new Environments(store)
  const batches = new Batches()
  const entries = new Entries()
  const ledger = new Ledger(store, batches, entries, new Signal())
  const lookup = new JobLookup(store, { job: () => undefined })
  const infos = new JobInfos(store, batches, { reasonOf: () => undefined })
  const viewer = new Session('viewer')
  const places = new BatchPlaces(store)
  const origins = new RowOrigins({ sessions: new Sessions(), environments, places })
  const sent: unknown[] = [...batches.all].map(batch => infos.batch(batch))
  for (let jobs = store.slice(0); jobs.length > 0; jobs = store.slice(jobs.at(-1)?.seq ?? Number.MAX_SAFE_INTEGER)) {
    for (const job of jobs) {
      environments.has(job.environment)
      spoolFilesAt(store, job, '/spool')
      sent.push(infos.ended(job), attemptsReply(store, job), [...unsavedAt(store, job)].length)
      sent.push(lookup.latestAt(job.id)?.id, lookup.firstAt(job)?.id)
    }
  }
  sent.push(sizesAfter(store, 0), store.deliveries.handlers())
  const expanded = [...batches.all].map(batch => batch.record.id)
  const parts = {
    store,
    batches,
    places,
    entries,
    ledger,
    lookup,
    infos,
    origins,
    activeJobs: { job: () => undefined, all: [] },
  }
  sent.push(new RowsWatch(parts, viewer, { from: 0, count: 200, expanded }, undefined).read())
  for (const [i, order] of findOrders.entries()) {
    const group = findGroupings[i]
    const { conditions } = parseFilter(`-exit:7 -memory:>1TB -duration:>9d -error:never state:${filterStates.join()}`)
    const search = new JobSearch(store, { conditions, order, ...(group && { group }) }, () => [])
    sent.push(groupsOf(group ?? 'state', [...search.steps(ledger.lastSeq, Number.POSITIVE_INFINITY)].flat(), batches))
  }
  JSON.stringify(sent)
  store.setMeta('a key', 'a value')
  for (const job of store.page(Number.MAX_SAFE_INTEGER, 1000)) if (job.replacedBy === null) ledger.forget(job)
  store.writes.commit()
}
