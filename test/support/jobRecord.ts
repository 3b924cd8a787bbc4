import type { JobRecord } from '../../src/service/store/records'

/** A queued job as the store has it. */
export function jobRecord(seq: number, differences: Partial<JobRecord> = {}): JobRecord {
  const id = `00000000-0000-7000-8000-${String(seq).padStart(12, '0')}`
  return {
    seq,
    id,
    batch: 0,
    pos: seq,
    owner: 'test.owner',
    session: 'session',
    state: 'queued',
    environment: 'environment',
    submitted: 1000,
    spec: { id, name: `job ${seq}`, command: ['true'], cwd: '/' },
    facts: {},
    replacedBy: null,
    replaces: null,
    earlierAttempts: 0,
    earlierResult: null,
    unsaved: 0,
    ...differences,
  }
}
