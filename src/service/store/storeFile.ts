// Opens the file of the store. One that is damaged is moved aside, and a new one begun, with a sentence that says so.
import { closeSync, existsSync, openSync, readFileSync, readSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { isFolder, moveAside } from '../base/moveAside'
import { makePrivate, makePrivateIfThere } from '../base/privateFile'
import { isDamage, sqliteCode } from '../base/sqliteErrors'
import { missingIn, openSchema } from './schema'
import { refuseNewerStore } from './storeVersion'
import { enableIncrementalVacuum } from './vacuum'

/**
 * What is read whole at the start; 250 ms at most. Damage of larger ones shows when the page is read.
 */
const MAX_CHECKED_BYTES = 256 * 1024 * 1024
/** SQLITE_ERROR: the statements of this program suit every intact store, so the file is no such store. */
const SQL_ERROR = 1
const SQLITE_READONLY = 8
/**
 * The byte that says which version of SQLite’s format the file is written in, and the highest there is; into one of a higher version
 * SQLite does not write (https://www.sqlite.org/fileformat2.html#file_format_version_numbers).
 */
const WRITE_VERSION = { at: 18, highest: 2 }
/** The first four bytes of SQLite's log, whichever order its checksums have. */
const walMagic: ReadonlySet<number> = new Set([0x377f0682, 0x377f0683])

const pragmas = [
  'auto_vacuum = INCREMENTAL',
  'journal_mode = WAL',
  'synchronous = NORMAL',
  'cache_size = -2000',
  'cache_spill = OFF', // a transaction touches the disk when it is committed, not before
  'temp_store = MEMORY',
  'busy_timeout = 2000',
  'wal_autocheckpoint = 8000',
]

/** The files that SQLite keeps beside one of its own. */
export const companions = ['-wal', '-shm', '-journal']

export interface OpenedStore {
  db: DatabaseSync
  /** What was found to be damaged, and where it went. */
  news: string | undefined
}

/** @throws Error when it was written by a newer version, or cannot be opened for a reason that may pass */
export function openStoreFile(file: string): OpenedStore {
  refuseNewerStore(file)
  const found = damageOf(file)
  if (found !== undefined) return beginAnew(file, found)
  const lost = badLog(file)
  try {
    return { db: openDatabase(file, { check: true }), news: lost }
  } catch (error) {
    const why = damageIn(error, file)
    if (why === undefined) throw error
    const { db, news } = beginAnew(file, why)
    return { db, news: lost === undefined ? news : `${news} ${lost}` }
  }
}

class DamageError extends Error {}

/** @returns undefined for an error that may pass, as of a file that this user may not write */
function damageIn(error: unknown, file: string): string | undefined {
  const code = sqliteCode(error)
  if (isDamage(error) || code === SQL_ERROR || error instanceof DamageError) return (error as Error).message
  const { at, highest } = WRITE_VERSION
  const start = Buffer.alloc(at + 1)
  const isTooHigh = code === SQLITE_READONLY && readStart(file, start) > at && (start[at] as number) > highest
  return isTooHigh ? `its format has the version ${start[at]}, which is none` : undefined
}

function beginAnew(file: string, why: string): OpenedStore {
  const aside = moveAside(file, companions)
  rmSync(markOf(file), { force: true })
  return {
    db: openDatabase(file, { check: false }),
    news: `The store of jobs ${file} was damaged (${why}); it is now ${aside}, and a new one was begun, without the earlier jobs.`,
  }
}

/** A connection to a store; `check` reads it whole if it is not too large. */
export function openDatabase(file: string, { check }: { check: boolean }): DatabaseSync {
  makePrivate(file) // what SQLite makes beside it gets the same mode
  for (const ending of companions) makePrivateIfThere(file + ending)
  const db = new DatabaseSync(file)
  try {
    db.exec(pragmas.map(pragma => `PRAGMA ${pragma}`).join('; '))
    openSchema(db, file)
    const missing = missingIn(db)
    if (missing !== undefined) throw new DamageError(missing)
    if (check && statSync(file).size <= MAX_CHECKED_BYTES) {
      const { quick_check: answer } = db.prepare('PRAGMA quick_check(1)').get() as { quick_check: string }
      if (answer !== 'ok') throw new DamageError(answer)
      const wrong = wrongValue(db)
      if (wrong !== undefined) throw new DamageError(wrong)
    }
    if (check) enableIncrementalVacuum(db)
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

/** What no version has written, although SQLite takes it: a number that JavaScript has not, text as bytes. */
function wrongValue(db: DatabaseSync): string | undefined {
  const columns = db
    .prepare(
      `SELECT t.name AS "table", c.name AS name, c.type AS type FROM sqlite_schema t, pragma_table_info(t.name) c WHERE t.type = 'table' AND c.type IN ('INTEGER', 'TEXT', 'BLOB')`,
    )
    .all() as unknown as { table: string; name: string; type: keyof typeof isWrong }[]
  for (const table of new Set(columns.map(column => column.table))) {
    const own = columns.filter(column => column.table === table)
    const any = own.map(({ name, type }) => isWrong[type](`"${name}"`)).join(' OR ')
    if (db.prepare(`SELECT 1 FROM "${table}" WHERE ${any} LIMIT 1`).get()) return `a value in ${table} cannot be read`
  }
  return undefined
}

const isWrong = {
  INTEGER: (name: string) => `typeof(${name}) IN ('text', 'blob') OR abs(${name} / 2) > ${2 ** 52 - 1}`,
  TEXT: (name: string) => `typeof(${name}) = 'blob'`,
  BLOB: (name: string) => `typeof(${name}) NOT IN ('blob', 'null')`,
}

/** A log of SQLite's that is none would be dropped without a word, and what was in it alone with it. */
function badLog(file: string): string | undefined {
  const log = `${file}-wal`
  if (!isFolder(log)) {
    const bytes = Buffer.alloc(4)
    if (!existsSync(log) || readStart(log, bytes) < bytes.length || walMagic.has(bytes.readUInt32BE())) return undefined
  }
  return `The file ${log} was damaged; it is now ${moveAside(log)}, and the last changes before the job service ended may be missing.`
}

function readStart(file: string, bytes: Buffer): number {
  const fd = openSync(file, 'r')
  try {
    return readSync(fd, bytes)
  } finally {
    closeSync(fd)
  }
}

const markOf = (file: string) => `${file}.is-damaged`

/** For the next start: a page was found damaged which that start may not read. */
export function markDamaged(file: string, why: string): void {
  writeFileSync(markOf(file), why, { mode: 0o600 })
}

function damageOf(file: string): string | undefined {
  if (isFolder(file)) return 'it is a folder'
  return existsSync(markOf(file)) ? readFileSync(markOf(file), 'utf8') : undefined
}
