import type { JobInfo } from '../../src/api'

/** A job as views are sent it: one that has succeeded, unless there are differences. */
export function jobInfo(id: string, differences: Partial<JobInfo> = {}): JobInfo {
  return {
    id,
    name: id,
    owner: 'x.y',
    state: 'succeeded',
    queue: 'local',
    priority: 0,
    cores: 1,
    command: ['fit.py'],
    cwd: '/study',
    submittedAt: 0,
    attempts: 1,
    stdoutBytes: 0,
    stderrBytes: 0,
    ...differences,
  }
}
