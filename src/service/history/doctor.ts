// What somebody who looks after the job service must know: how much is kept, and what was cut, refused or waits because of a
// limit.
import { stat } from 'node:fs/promises'
import { isLimitKind, type ServiceReport } from '../../core/protocol/facts'
import type { StatePaths } from '../base/paths'
import type { Batches } from '../jobs/batches'
import type { WaitCause } from '../jobs/queuePlace'
import type { ArrayFiles } from '../state/arrayFiles'
import type { JobRecord } from '../store/records'
import type { History } from './history'

export interface DoctorParts {
  readonly paths: StatePaths
  readonly arrays: ArrayFiles
  readonly history: History
  readonly batches: Batches
  readonly queue: WaitCause
}

type Limits = ServiceReport['limits']

export async function reportOf(parts: DoctorParts, connectionsClosed: number): Promise<ServiceReport> {
  const { arrays, paths } = parts
  const files = [paths.store, `${paths.store}-wal`]
  const sizes = await Promise.all(files.map(sizeOf))
  return {
    storeBytes: sum(sizes),
    outputBytes: sum([...(await arrays.sizes()).values()]),
    limits: { ...(await limitsMet(parts)), connectionsClosed },
  }
}

async function limitsMet({ history, batches, queue }: DoctorParts): Promise<Omit<Limits, 'connectionsClosed'>> {
  const waiting: Limits['waiting'] = {}
  const ended: Limits['ended'] = {}
  let stderrCut = 0
  const count = (job: JobRecord) => {
    const { error, stderrTruncated } = job.facts
    if (stderrTruncated) stderrCut++
    const reason = job.state === 'queued' ? queue.reasonOf(job) : undefined
    if (reason) waiting[reason] = (waiting[reason] ?? 0) + 1
    if (job.state === 'failed' && isLimitKind(error?.kind)) ended[error.kind] = (ended[error.kind] ?? 0) + 1
  }
  for await (const jobs of history.find({ all: true })) for (const job of jobs) count(job)
  const batchesCut = [...batches.all].filter(({ record }) => record.sealed === 'cut').length
  return { waiting, ended, stderrCut, batchesCut }
}

/** 0 for what has just been removed. */
function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  )
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, n) => total + n, 0)
}
