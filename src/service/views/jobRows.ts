// What a row says of a job, in the list of all and among those that were found.
import type { JobRow } from '../../core/protocol/facts'
import { truncateJob, truncateText } from '../../core/protocol/truncate'
import { isResultKept } from '../jobs/attempts'
import type { Batches } from '../jobs/batches'
import type { JobInfos } from '../jobs/jobInfos'
import type { JobLookup } from '../jobs/jobLookup'
import type { Session } from '../sessions/session'
import type { JobRecord } from '../store/records'
import type { RowOrigins } from './rowOrigins'

export interface JobRowsParts {
  readonly batches: Batches
  readonly lookup: JobLookup
  readonly infos: JobInfos
  readonly origins: RowOrigins
}

export class JobRows {
  readonly #parts: JobRowsParts
  readonly #viewer: Session

  constructor(parts: JobRowsParts, viewer: Session) {
    this.#parts = parts
    this.#viewer = viewer
  }

  of(stored: JobRecord): Pick<JobRow, 'job' | 'from' | 'hasResult' | 'noInput' | 'batchName'> {
    const { batches, infos, lookup, origins } = this.#parts
    const job = lookup.latest(stored)
    const from = origins.ofJob(job, this.#viewer)
    const batchName = batches.get(job.batch)?.record.name
    return {
      job: truncateJob(infos.info(job)),
      ...(from && { from }),
      ...(isResultKept(job) && { hasResult: true }),
      ...(job.spec.stdin === undefined && { noInput: true }),
      ...(batchName !== undefined && { batchName: truncateText(batchName) }),
    }
  }
}
