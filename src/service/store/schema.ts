// The tables of the store and how an older store becomes a newer one.
import { DatabaseSync } from 'node:sqlite'
import { isFinal, jobStates } from '../../core/jobs/job'
import type { Facts } from './records'
import { readFacts, readSpec } from './storedJson'

/** Raised when the tables change; a store of a later version is refused, never rewritten. */
const SCHEMA_VERSION = 5

/**
 * `seq` is the order of submission, one row of numbers for jobs and batches, so that both sort into one list.
 * `pos` is a job's place in that list: its own `seq`, or, when it was run again, that of the job it took over from.
 * `facts` holds what of a `JobInfo` only a started or ended job has. `later` is the `seq` of the job that took its
 * place (`replacedBy` in a record), `earlier` the id of the one whose place it took (`replaces`).
 * `unsaved` is 1 while its result exists nowhere else. `earlierAttempts` counts what was tried at its place before it was
 * submitted, and `earlierResult` is the `seq` of the last job among those whose result is in the store. `idle` of a batch:
 * milliseconds since its start in which none of its jobs was under way, `round` how often it has been complete, and `handler`
 * the JSON of its `resultHandler`.
 */
const tables = `
CREATE TABLE jobs (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  batch INTEGER NOT NULL,
  pos INTEGER NOT NULL,
  owner TEXT NOT NULL,
  session TEXT NOT NULL,
  state TEXT NOT NULL,
  environment TEXT NOT NULL,
  submitted INTEGER NOT NULL,
  spec TEXT NOT NULL,
  facts TEXT,
  stdout BLOB,
  stderr BLOB,
  later INTEGER,
  earlier TEXT,
  unsaved INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX jobs_of_batch ON jobs (batch, pos) WHERE batch > 0;
CREATE TABLE batches (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  owner TEXT NOT NULL,
  session TEXT NOT NULL,
  sealed TEXT NOT NULL,
  concurrency INTEGER,
  stopAfterFailures INTEGER,
  submitted INTEGER NOT NULL,
  started INTEGER,
  ended INTEGER
);
CREATE TABLE environments (hash TEXT PRIMARY KEY, workspace TEXT NOT NULL, vars TEXT NOT NULL, secrets TEXT NOT NULL);
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
`

/** From version 1: attempts are kept, those of a rerun are counted, and those that were retried have a table. */
const keptAttempts = `
ALTER TABLE jobs ADD COLUMN earlierAttempts INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN earlierResult INTEGER;
CREATE TABLE attempts (
  job INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  facts TEXT NOT NULL,
  stdout BLOB,
  stderr BLOB,
  PRIMARY KEY (job, attempt)
);
`

/** From version 2: the time of a batch is that in which it worked. */
const idleTime = 'ALTER TABLE batches ADD COLUMN idle INTEGER NOT NULL DEFAULT 0'

/**
 * From version 3: results that named handlers have not taken yet, in the order in which they came to be. `subject` is the `seq`
 * of a job or of a batch; `error` says why the last try failed, and `givenUp` is 1 when no more tries are made by themselves.
 */
const deliveries = `
CREATE TABLE deliveries (
  seq INTEGER PRIMARY KEY,
  subject INTEGER NOT NULL UNIQUE,
  handler TEXT NOT NULL,
  tries INTEGER NOT NULL DEFAULT 0,
  error TEXT,
  givenUp INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX deliveries_of_handler ON deliveries (givenUp, handler, seq);
ALTER TABLE batches ADD COLUMN round INTEGER NOT NULL DEFAULT 0;
ALTER TABLE batches ADD COLUMN handler TEXT;
`

/** From version 4: how busy the machine was, in parts of the whole; `at` in milliseconds since the epoch. */
const usage = 'CREATE TABLE usage (at INTEGER PRIMARY KEY, cpu REAL NOT NULL, memory REAL NOT NULL)'

const finalStates = jobStates.filter(isFinal).map(state => `'${state}'`)

/** Of a job whose facts are damaged, and of one that has not this fact, there is nothing. */
const measure = (name: keyof Facts) => `CASE WHEN json_valid(facts) THEN facts ->> '${name}' END`

/** By what jobs that have ended are sorted. SQLite takes the index when a query has just these expressions. */
export const measured = {
  where: `later IS NULL AND state IN (${finalStates.join(', ')})`,
  startedAt: measure('startedAt'),
  endedAt: measure('endedAt'),
  peakMemoryBytes: measure('peakMemoryBytes'),
} as const

/**
 * Whoever sorts 100,000 jobs would have to read the facts of each. It makes the end of a job dearer by some microseconds, so it is
 * made when somebody first sorts. It holds nothing of its own: the version of the tables stays, and an earlier service keeps it as well.
 */
export const measuredIndex = `CREATE INDEX IF NOT EXISTS jobs_measured ON jobs (seq, pos, ${measured.startedAt}, ${measured.endedAt}, ${measured.peakMemoryBytes}) WHERE ${measured.where}`

/** A new store is made by the first version's tables and all the steps since then, as an old one has become. */
export function openSchema(db: DatabaseSync, file: string): void {
  const { user_version: version } = db.prepare('PRAGMA user_version').get() as { user_version: number }
  if (version === SCHEMA_VERSION) return
  if (version > SCHEMA_VERSION) {
    throw new Error(
      `The store ${file} was written by a newer version of Headless Jobs (schema ${version}); update the extension.`,
    )
  }
  db.exec('BEGIN')
  try {
    if (version < 1) db.exec(tables)
    if (version < 2) {
      db.exec(keptAttempts)
      countEarlierAttempts(db)
    }
    if (version < 3) db.exec(idleTime)
    if (version < 4) db.exec(deliveries)
    if (version < 5) db.exec(usage)
    db.exec(`PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT`)
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK')
    throw error
  }
}

/** A job is newer than the one it took over from, so one pass in the order of submission counts them all. */
function countEarlierAttempts(db: DatabaseSync): void {
  const reruns = db.prepare('SELECT seq, earlier FROM jobs WHERE earlier IS NOT NULL ORDER BY seq').all()
  const find = db.prepare('SELECT seq, state, spec, facts, earlierAttempts, earlierResult FROM jobs WHERE id = ?')
  const update = db.prepare('UPDATE jobs SET earlierAttempts = ?, earlierResult = ? WHERE seq = ?')
  for (const { seq, earlier } of reruns) {
    const old = find.get(earlier as string)
    if (!old) continue
    const facts = readFacts(old.facts as string | null)
    const { stdout } = readSpec(old.spec as string, '')
    const hasResult = old.state === 'succeeded' && typeof stdout !== 'object' && (facts.stdoutBytes ?? 0) > 0
    update.run(Number(old.earlierAttempts) + 1, (hasResult ? old.seq : old.earlierResult) as number | null, Number(seq))
  }
}

/** What a store lacks of the tables of this version; `undefined` when it is whole. */
export function missingIn(db: DatabaseSync): string | undefined {
  const whole = new DatabaseSync(':memory:')
  try {
    openSchema(whole, '')
    const columns =
      "SELECT t.name || '.' || c.name AS name FROM sqlite_schema t, pragma_table_info(t.name) c WHERE t.type = 'table'"
    const namesOf = (any: DatabaseSync) =>
      any
        .prepare(columns)
        .all()
        .map(({ name }) => String(name))
    const there = new Set(namesOf(db))
    const missing = namesOf(whole).find(name => !there.has(name))
    return missing && `${missing} is missing`
  } finally {
    whole.close()
  }
}
