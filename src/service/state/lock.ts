// One job service per state folder: an exclusive lock that the operating system releases when its holder ends.
import { truncateSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { inodeOf } from '../base/inode'
import { isFolder, moveAside } from '../base/moveAside'
import { makePrivate } from '../base/privateFile'
import { isDamage } from '../base/sqliteErrors'

export interface Lock {
  /** Whether its file is still the one that another service would lock. */
  readonly isThere: boolean
  release(): void
}

/** Takes the lock until this process ends; `undefined` when another process has it. */
export function acquireLock(file: string): Lock | undefined {
  if (isFolder(file)) moveAside(file)
  return tryLock(file, () => {
    // the file of a lock is always empty; emptying it in place ends no lock that is held
    truncateSync(file, 0)
    return tryLock(file, () => undefined)
  })
}

function tryLock(file: string, damaged: () => Lock | undefined): Lock | undefined {
  makePrivate(file)
  const db = new DatabaseSync(file)
  try {
    db.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE')
  } catch (error) {
    db.close()
    return isDamage(error) ? damaged() : undefined
  }
  const inode = inodeOf(file)
  return {
    get isThere() {
      return inodeOf(file) === inode
    },
    release: () => db.close(),
  }
}
