// The tables of the store and how an older store becomes a newer one. Runs in the job service.
import type { DatabaseSync } from 'node:sqlite'

/** Raised when the tables change; a store of a later version is refused, never rewritten. */
const SCHEMA_VERSION = 1

/**
 * `seq` is the order of submission, one row of numbers for jobs and batches, so that both sort into one list.
 * `pos` is a job's place in that list: its own `seq`, or, when it was run again, that of the job it took over from.
 * `facts` holds what of a `JobInfo` only a started or ended job has. `later` is the `seq` of the job that took its place.
 * `unsaved` is 1 while its result exists nowhere else.
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

export function openSchema(db: DatabaseSync, file: string): void {
  const { user_version: version } = db.prepare('PRAGMA user_version').get() as { user_version: number }
  if (version === SCHEMA_VERSION) return
  if (version > SCHEMA_VERSION) {
    throw new Error(
      `The store ${file} was written by a newer version of Headless Jobs (schema ${version}); update the extension.`,
    )
  }
  db.exec(`BEGIN; ${tables} PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT`)
}
