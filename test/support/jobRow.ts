import type { JobInfo } from '../../src/api'
import type { JobRow } from '../../src/core/protocol/facts'
import { jobInfo } from './jobInfo'

/** The row of a running job, alone in the list, as the page receives it. */
export function jobRow(differences: Partial<JobInfo> = {}): JobRow {
  const job = jobInfo('j1', { name: 'smooth', state: 'running', command: ['smooth.py'], ...differences })
  return { kind: 'job', job, depth: 0, place: 0, places: 1 }
}
