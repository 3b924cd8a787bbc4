// A batch as the store has it before its first job starts.
import type { BatchRecord } from '../../src/service/store/records'

export function batchRecord(name: string): BatchRecord {
  return {
    seq: 1,
    id: 'b',
    name,
    owner: 'x.y',
    session: 's',
    sealed: 'complete',
    concurrency: null,
    stopAfterFailures: null,
    submitted: 0,
    started: null,
    ended: null,
    idle: 0,
    round: 0,
    handler: null,
  }
}
