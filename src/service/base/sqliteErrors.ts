// What an error of SQLite means for the store: nothing can be written for now, or the file is damaged. Anything else is
// a fault of this program.

/** BUSY, NOMEM, READONLY, IOERR, FULL, CANTOPEN: temporary. */
const temporary: ReadonlySet<number> = new Set([5, 7, 8, 10, 13, 14])
/** CORRUPT, NOTADB. */
const damage: ReadonlySet<number> = new Set([11, 26])

/** The primary result code; 0 for an error that is not of SQLite. */
export function sqliteCode(error: unknown): number {
  const { errcode } = error as { errcode?: unknown }
  return typeof errcode === 'number' ? errcode & 0xff : 0
}

export function isTemporary(error: unknown): boolean {
  return temporary.has(sqliteCode(error))
}

/** A number that JavaScript has not was not written by this program. */
const OUT_OF_RANGE = 'ERR_OUT_OF_RANGE'

export function isDamage(error: unknown): boolean {
  return damage.has(sqliteCode(error)) || (error as { code?: unknown }).code === OUT_OF_RANGE
}
