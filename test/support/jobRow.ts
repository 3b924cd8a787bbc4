import type { JobInfo } from '../../src/api'
import type { JobRow } from '../../src/core/protocol/facts'

/** The row of a running job, alone in the list, as the page receives it. */
export function jobRow(differences: Partial<JobInfo> = {}): JobRow {
  const job = {
    id: 'j1',
    name: 'smooth',
    owner: 'x.y',
    state: 'running',
    queue: 'local',
    priority: 0,
    cores: 1,
    command: ['smooth.py'],
    cwd: '/study',
    submittedAt: 0,
    attempts: 1,
    stdoutBytes: 0,
    stderrBytes: 0,
    ...differences,
  } as const
  return { kind: 'job', job, depth: 0, place: 0, places: 1 }
}
