// Reads the rows of jobs in the store, and the JSON of all rows. A row that cannot be read must not make the others unreadable:
// what is damaged is left out, or said to be unreadable, and never goes on.
import type { JobState } from '../../api'
import { isRecord, isTexts } from '../../core/base/records'
import { isJobState, type StoredSpec } from '../../core/jobs/job'
import type { BatchResultHandler } from '../../core/protocol/protocol'
import { isBatchHandler, isJobSpec } from '../../core/protocol/requestSchemas'
import type { Facts, JobRecord } from './records'

/** The name that a job has whose spec is lost. */
const UNREADABLE = '(unreadable)'

/** SQL for a number out of JSON: one beyond those of JavaScript is read as the nearest that it has, instead of not at all. */
export const asNumber = (sql: string) => `CAST(${sql} AS REAL)`

/** `undefined` for text that is no JSON object. */
export function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** `undefined` for text that is no list of names. */
export function parseNames(text: string): string[] | undefined {
  const names = parseObject(`{"names":${text}}`)?.names
  return isTexts(names) ? names : undefined
}

/** `undefined` for text that is no object of strings. */
export function parseTexts(text: string): Record<string, string> | undefined {
  const object = parseObject(text)
  return object && isTexts(Object.values(object)) ? (object as Record<string, string>) : undefined
}

export function readSpec(text: string, id: string): StoredSpec {
  const spec = parseObject(text)
  return isJobSpec(spec) ? spec : { id, name: UNREADABLE, command: [UNREADABLE], cwd: '' }
}

/** Whether the command of the job was lost. */
export function isUnreadable({ command }: StoredSpec): boolean {
  return command.length === 1 && command[0] === UNREADABLE
}

/** `null` for one that is lost, as for none. */
export function readBatchHandler(text: string | null): BatchResultHandler | null {
  const handler = text === null ? undefined : parseObject(text)
  return isBatchHandler(handler) ? handler : null
}

type Check = (value: unknown) => boolean

const isText: Check = value => typeof value === 'string'
const isNumber: Check = value => Number.isFinite(value)
const isFlag: Check = value => typeof value === 'boolean'
const orNull =
  (check: Check): Check =>
  value =>
    value === null || check(value)
const orNone =
  (check: Check): Check =>
  value =>
    value === undefined || check(value)

const factChecks: Readonly<Record<keyof Facts, Check>> = {
  reason: isText,
  queue: isText,
  host: isText,
  slurm: job =>
    isRecord(job) &&
    isText(job.id) &&
    [job.state, job.reason, job.remedy].every(orNone(isText)) &&
    orNone(isNumber)(job.expectedStart),
  container: isText,
  priority: isNumber,
  cores: isNumber,
  command: isTexts,
  cwd: isText,
  startedAt: isNumber,
  endedAt: isNumber,
  attempts: isNumber,
  pid: isNumber,
  exitCode: orNull(isNumber),
  signal: orNull(isText),
  endedBy: isText,
  cancelReason: isText,
  cancelledFrom: isText,
  forceAt: isNumber,
  forced: isFlag,
  error: error => isRecord(error) && isText(error.kind) && isText(error.message),
  progress: progress => isRecord(progress) && orNone(isNumber)(progress.fraction) && orNone(isText)(progress.message),
  stdoutBytes: isNumber,
  stderrBytes: isNumber,
  lastErrorLine: isText,
  memoryBytes: isNumber,
  peakMemoryBytes: isNumber,
  cpuSeconds: isNumber,
  leftovers: isNumber,
  notEnded: isText,
  note: isText,
  resultHandler: isText,
  delivery: isText,
  deliveryError: isText,
  rerunOf: isText,
  earlierAttempts: isNumber,
  processStartTime: isText,
  stderrTruncated: isFlag,
  stdoutFile: isText,
  stderrFile: isText,
  order: isText,
}

/** A fact that is not known here may be one of a newer version, and stays. */
export function readFacts(text: string | null): Facts {
  const facts = (text ? parseObject(text) : undefined) ?? {}
  for (const name in facts) {
    const check = Object.hasOwn(factChecks, name) ? factChecks[name as keyof Facts] : undefined
    if (check && !check(facts[name])) delete facts[name]
  }
  return facts
}

/** An unknown state is as good as none: the outcome is unknown. */
export function readState(text: string): JobState {
  return isJobState(text) ? text : 'lost'
}

/** The columns of `Store.outline`. */
export type OutlineValues = [
  seq: number,
  batch: number,
  pos: number,
  state: string,
  later: number | null,
  environment?: string,
]

/** What `readJob` reads. */
export const jobColumns =
  'seq, id, batch, pos, owner, session, state, environment, submitted, spec, facts, later, earlier, earlierAttempts, earlierResult, unsaved'

/** The values of `jobColumns`. */
type JobValues = [
  seq: number,
  id: string,
  batch: number,
  pos: number,
  owner: string,
  session: string,
  state: string,
  environment: string,
  submitted: number,
  spec: string,
  facts: string | null,
  replacedBy: number | null,
  replaces: string | null,
  earlierAttempts: number,
  earlierResult: number | null,
  unsaved: number,
]

export function readJob(row: unknown): JobRecord {
  const [seq, id, batch, pos, owner, session, state, environment, submitted, spec, facts, ...history] = row as JobValues
  const [replacedBy, replaces, earlierAttempts, earlierResult, unsaved] = history
  return {
    seq,
    id,
    batch,
    pos,
    owner,
    session,
    state: readState(state),
    environment,
    submitted,
    spec: readSpec(spec, id),
    facts: readFacts(facts),
    replacedBy,
    replaces,
    earlierAttempts,
    earlierResult,
    unsaved,
  }
}
