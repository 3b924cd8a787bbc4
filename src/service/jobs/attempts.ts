// All attempts at one place of the list: those of its job, with its `retries`, and those of the jobs that it has
// replaced. The output of each is kept until the place is removed from the history.
import { renameSync } from 'node:fs'
import { join } from 'node:path'
import type { JobState } from '../../api'
import type { AttemptInfo, AttemptsReply } from '../../core/jobs/attempts'
import { mayHaveAttempts } from '../../core/jobs/job'
import { truncateText } from '../../core/protocol/truncate'
import type { Facts, JobRecord, StoredOutputs } from '../store/records'
import type { Store } from '../store/store'

/** Attempts in one answer; with a long error each is a few kilobytes. */
const MAX_ATTEMPTS = 100

export interface Attempt {
  /** 1 for the first at its place. */
  number: number
  /** Whose attempt it is; its own state and facts are those beside it. */
  job: JobRecord
  state: JobState
  facts: Facts
  /** Of one that was retried: its number among the attempts of `job`. */
  retry?: number
}

/** The newest first. Of a job that was run once there is nothing to look up. */
export function* attemptsAt(store: Store, newest: JobRecord): Generator<Attempt> {
  for (let job: JobRecord | undefined = newest; job; job = replacedBy(store, job)) {
    const retried = hasBeenRetried(job) ? store.attempts.of(job.seq) : []
    let number = job.earlierAttempts + retried.length + 1
    yield { number, job, state: job.state, facts: job.facts }
    for (const { attempt, facts } of retried) {
      const state = facts.error?.kind === 'lost' ? 'lost' : 'failed'
      yield { number: --number, job, state, facts, retry: attempt }
    }
  }
}

/** The job whose place this one took; an older one, whatever a damaged row says. */
function replacedBy(store: Store, { seq, replaces }: JobRecord): JobRecord | undefined {
  const earlier = replaces === null ? undefined : store.jobById(replaces)
  return earlier && earlier.seq < seq ? earlier : undefined
}

/** How many there were before the current one of the job. */
export function countEarlier(store: Store, job: JobRecord): number {
  return job.earlierAttempts + (hasBeenRetried(job) ? store.attempts.count(job.seq) : 0)
}

function hasBeenRetried({ spec, facts }: JobRecord): boolean {
  return mayHaveAttempts(spec) && (facts.attempts ?? 0) > 0
}

/** Whether its result is in the history, not in a file that the user named. */
export function hasResult({ state, spec, facts }: JobRecord): boolean {
  return state === 'succeeded' && typeof spec.stdout !== 'object' && (facts.stdoutBytes ?? 0) > 0
}

/** Whether the history has a result at its place: its own, or that of an attempt before it. */
export function isResultKept(job: JobRecord): boolean {
  return hasResult(job) || job.earlierResult !== null
}

/** The job with the newest result at its place: itself, or the last before it that has one. */
export function withResult(store: Store, job: JobRecord): JobRecord | undefined {
  if (hasResult(job)) return job
  return job.earlierResult === null ? undefined : store.job(job.earlierResult)
}

/** Of all attempts, those whose result exists nowhere else. */
export function* unsavedAt(store: Store, job: JobRecord): Generator<JobRecord> {
  for (const { job: at, retry } of attemptsAt(store, job)) if (at.unsaved && retry === undefined) yield at
}

/** Files that are removed with the place: spilled outputs, and the inputs that were made for its jobs. */
export function spoolFilesAt(store: Store, job: JobRecord, spoolFolder: string): string[] {
  const files: string[] = []
  for (const { job: at, facts, retry } of attemptsAt(store, job)) {
    for (const file of [facts.stdoutFile, facts.stderrFile]) if (isOurs(file, at.id, spoolFolder)) files.push(file)
    // nobody has reported what it wrote
    if (at.state === 'lost') for (const end of ['out', 'err']) files.push(join(spoolFolder, `${at.id}.${end}`))
    const { stdin } = at.spec
    if (retry === undefined && stdin && 'file' in stdin && stdin.owned) files.push(stdin.file)
  }
  return files
}

function isOurs(file: string | undefined, id: string, spoolFolder: string): file is string {
  return file?.startsWith(join(spoolFolder, id)) ?? false
}

/**
 * The attempt has failed and the job is tried again, under the same id: what it wrote is moved out of the way of the next.
 * @returns the facts, with where its files are now
 */
export function keepAttempt(
  store: Store,
  spoolFolder: string,
  job: JobRecord,
  facts: Facts,
  outputs: Pick<StoredOutputs, 'stdout' | 'stderr'>,
): Facts {
  const attempt = job.facts.attempts ?? 1
  const moved: Facts = { ...facts }
  for (const key of ['stdoutFile', 'stderrFile'] as const) {
    const file = moved[key]
    if (isOurs(file, job.id, spoolFolder)) moved[key] = renameFor(attempt, file, join(spoolFolder, job.id))
  }
  const { pid: _, processStartTime: __, ...kept } = { ...job.facts, ...moved }
  store.attempts.add(job.seq, attempt, kept, outputs)
  return moved
}

/** `<id>.out` becomes `<id>.2.out`; in one go, since the next attempt writes to the old name. */
function renameFor(attempt: number, file: string, stem: string): string {
  const aside = `${stem}.${attempt}${file.slice(stem.length)}`
  try {
    renameSync(file, aside)
    return aside
  } catch (error) {
    console.error(`What attempt ${attempt} wrote could not be kept: ${(error as Error).message}`)
    return file
  }
}

/** What a window gets of them, below the number `before`. */
export function attemptsReply(store: Store, newest: JobRecord, before = Number.POSITIVE_INFINITY): AttemptsReply {
  const attempts: AttemptInfo[] = []
  for (const attempt of attemptsAt(store, newest)) {
    if (attempt.number >= before) continue
    if (attempts.length === MAX_ATTEMPTS) return { attempts, more: true }
    attempts.push(attemptInfo(attempt))
  }
  return { attempts }
}

function attemptInfo({ number, job, state, facts, retry }: Attempt): AttemptInfo {
  const { startedAt, endedAt, exitCode, signal, error, lastErrorLine, stdoutBytes = 0, stderrBytes = 0 } = facts
  // the last line of stderr explains more than the exit code; the error of a worker's handler is complete
  const line = error?.kind === 'handler' ? undefined : lastErrorLine
  const message = [error?.message, line].filter(Boolean).join(' ')
  return {
    id: job.id,
    number,
    state,
    submittedAt: job.submitted,
    stdoutBytes,
    stderrBytes,
    ...(retry !== undefined && { retry }),
    ...(typeof job.spec.stdout === 'object' && { stdoutIsFile: true }),
    ...(startedAt !== undefined && { startedAt }),
    ...(endedAt !== undefined && { endedAt }),
    ...(exitCode !== undefined && { exitCode }),
    ...(signal !== undefined && { signal }),
    ...(message !== '' && { message: truncateText(message) }),
  }
}
