// A store that a newer version of this program wrote is left alone. SQLite would write to it as soon as it opens it, so its
// version is read from the bytes of its files first: https://www.sqlite.org/fileformat.html.
import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { openSchema } from './schema'

const MAGIC = 'SQLite format 3\0'
/** Where the first page, which is the header of the file, has the number of `PRAGMA user_version`. */
const VERSION_OFFSET = 60
const WAL_HEADER_BYTES = 32
const FRAME_HEADER_BYTES = 24

/** @throws Error with a sentence when the store is of a later version than this program knows */
export function refuseNewerStore(file: string): void {
  const version = Math.max(versionInFile(file), versionInLog(`${file}-wal`))
  const db = new DatabaseSync(':memory:')
  try {
    openSchema(db, file)
    const { user_version: present } = db.prepare('PRAGMA user_version').get() as { user_version: number }
    if (version <= present) return
    db.exec(`PRAGMA user_version = ${version}`)
    openSchema(db, file) // has the sentence
  } finally {
    db.close()
  }
}

/** 0 when there is none. */
function versionInFile(file: string): number {
  return reading(file, read => {
    const header = read(0, VERSION_OFFSET + 4)
    return header?.toString('latin1', 0, MAGIC.length) === MAGIC ? header.readInt32BE(VERSION_OFFSET) : 0
  })
}

/** That of the last first page which was committed to the log and may not be in the file yet; 0 when there is none. */
function versionInLog(log: string): number {
  return reading(log, read => {
    const header = read(0, WAL_HEADER_BYTES)
    if (!header) return 0
    const pageSize = header.readUInt32BE(8)
    const salt = header.subarray(16, 24)
    let [written, committed] = [0, 0]
    for (let at = WAL_HEADER_BYTES; ; at += FRAME_HEADER_BYTES + pageSize) {
      const frame = read(at, FRAME_HEADER_BYTES)
      if (!frame?.subarray(8, 16).equals(salt)) return committed // what follows is of an earlier use of the log
      if (frame.readUInt32BE(0) === 1)
        written = read(at + FRAME_HEADER_BYTES + VERSION_OFFSET, 4)?.readInt32BE() ?? written
      if (frame.readUInt32BE(4) > 0) committed = written
    }
  })
}

type Read = (at: number, length: number) => Buffer | undefined

/** @returns 0 when there is no such file */
function reading(file: string, find: (read: Read) => number): number {
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) return 0
  const fd = openSync(file, 'r')
  try {
    return find((at, length) => {
      const bytes = Buffer.alloc(length)
      return readSync(fd, bytes, 0, length, at) === length ? bytes : undefined
    })
  } finally {
    closeSync(fd)
  }
}
