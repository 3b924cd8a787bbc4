// What a row says of a job that is a job of Slurm.
import { t } from '@vscode/l10n'
import type { JobInfo } from '../../api'
import { waitsInSlurm } from '../../core/jobs/slurmState'
import { shortTime } from './facts'

/** `expected 14:05`, of one that waits there. */
export function expectedText(job: JobInfo, now: number): string | undefined {
  const at = waitsInSlurm(job) ? job.slurm?.expectedStart : undefined
  return at === undefined || at <= now ? undefined : t`expected ${shortTime(at, now)}`
}

/** `on node3`, of one that runs. */
export function nodeText({ host, slurm, state }: JobInfo): string | undefined {
  return slurm && host !== undefined && state === 'running' ? t`on ${host}` : undefined
}

/** `job 4711_3, PENDING (Priority), expected 14:05`. */
export function slurmFact(job: JobInfo, now: number): string | undefined {
  if (!job.slurm) return undefined
  const { id, reason, state } = job.slurm
  const words = [state, reason !== undefined && `(${reason})`].filter(Boolean).join(' ')
  return [t`job ${id}`, words, expectedText(job, now)].filter(Boolean).join(', ')
}
