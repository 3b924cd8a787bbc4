// The parts of a job service that keep jobs and batches, over a store in a state folder: none of them starts a process.
import { afterEach, beforeEach } from 'vitest'
import { makeFolders, statePaths } from '../../src/service/base/paths'
import { Signal } from '../../src/service/base/signal'
import { History } from '../../src/service/history/history'
import { Batches } from '../../src/service/jobs/batches'
import { Entries } from '../../src/service/jobs/entries'
import { JobInfos } from '../../src/service/jobs/jobInfos'
import { JobLookup } from '../../src/service/jobs/jobLookup'
import { Ledger } from '../../src/service/jobs/ledger'
import { ArrayFiles } from '../../src/service/state/arrayFiles'
import type { BatchRecord, JobRecord } from '../../src/service/store/records'
import { Store } from '../../src/service/store/store'
import { batchRecord } from './batchRecord'
import { jobRecord } from './jobRecord'
import { makeTempState, type TempState } from './tempState'

export type StoredJobs = ReturnType<typeof openStoredJobs>

/** Fresh ones for each test. */
export function storedJobsForEach(keep: (jobs: StoredJobs) => unknown): void {
  let state: TempState
  let jobs: StoredJobs
  beforeEach(() => {
    state = makeTempState()
    jobs = openStoredJobs(state.folder)
    keep(jobs)
  })
  afterEach(async () => {
    jobs.store.close()
    await state.remove()
  })
}

function openStoredJobs(stateFolder: string) {
  const paths = statePaths(stateFolder)
  makeFolders(paths)
  const store = new Store(paths.store)
  const viewChanged = new Signal()
  const batches = new Batches()
  const entries = new Entries()
  const ledger = new Ledger(store, batches, entries, viewChanged)
  const infos = new JobInfos(store, batches, { reasonOf: () => undefined })
  const lookup = new JobLookup(store, { job: () => undefined })
  const arrays = new ArrayFiles(paths)
  const history = new History({ store, batches, ledger, infos, lookup, arrays })
  return {
    ...{ paths, store, viewChanged, batches, entries, ledger, infos, lookup, arrays, history },
    addBatch(differences: Partial<BatchRecord> = {}) {
      const record: BatchRecord = { ...batchRecord('batch'), seq: ledger.nextSeq(), ...differences }
      store.insertBatch(record)
      return ledger.addBatch(record, '')
    },
    addJob(differences: Partial<JobRecord> = {}) {
      const job = jobRecord(ledger.nextSeq(), differences)
      store.insertJob(job)
      ledger.add(job, '')
      return job
    },
    fail: (job: JobRecord) => ledger.transition(job, 'failed', { endedAt: 1000, endedBy: 'self' }),
    /** Another one takes the place of an ended job. */
    rerun(job: JobRecord) {
      const newer = jobRecord(ledger.nextSeq(), { batch: job.batch, pos: job.pos, replaces: job.id })
      store.setReplacedBy(job.seq, newer.seq)
      store.insertJob(newer)
      ledger.replace(job, newer)
      ledger.add(newer, '')
      return newer
    },
  }
}
