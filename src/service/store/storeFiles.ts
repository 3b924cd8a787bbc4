// Restores the files of the store while the service runs: what was removed is written again from what is open.
import { renameSync, rmSync } from 'node:fs'
import { inodeOf } from '../base/inode'
import { makePrivate } from '../base/privateFile'
import type { Database } from './database'
import { companions, openDatabase } from './storeFile'
import { pragma } from './vacuum'
import type { Writes } from './writes'

/** A larger store is not rewritten while windows wait for answers: that takes 5 seconds for this size. */
const MAX_REWRITTEN_BYTES = 256 * 1024 * 1024

export class StoreFiles {
  readonly #db: Database
  readonly #writes: Writes
  readonly #report: (news: string) => void
  #inode: string | undefined
  #log: string | undefined

  constructor(db: Database, writes: Writes, report: (news: string) => void) {
    this.#db = db
    this.#writes = writes
    this.#report = report
    this.#remember()
  }

  #remember(): void {
    this.#inode = inodeOf(this.#db.file)
    this.#log = inodeOf(`${this.#db.file}-wal`)
  }

  /** Called from time to time. */
  keep(): void {
    const { file } = this.#db
    if (this.#db.damage !== undefined) return
    const isThere = inodeOf(file) === this.#inode
    this.#log ??= isThere ? inodeOf(`${file}-wal`) : undefined
    if (isThere && inodeOf(`${file}-wal`) === this.#log) return
    if (!this.#writes.commit()) return // later, when there is room
    if (isThere) this.#reopen()
    else this.#rewrite()
    this.#remember()
  }

  /** Closing puts what is in the log of SQLite into the store. */
  #reopen(): void {
    const { file } = this.#db
    this.#db.replace(() => openDatabase(file, { check: false }))
    console.log(`The file ${file}-wal had been removed; what was in it has been written to the store.`)
  }

  #rewrite(): void {
    const { file } = this.#db
    if (pragma(this.#db, 'page_count') * pragma(this.#db, 'page_size') > MAX_REWRITTEN_BYTES) {
      this.#report(
        `The store of jobs ${file} has been removed. The jobs go on, but the list ends with this job service.`,
      )
      return
    }
    const part = `${file}.part`
    rmSync(part, { force: true })
    makePrivate(part)
    this.#db.exec(`VACUUM INTO '${part.replaceAll("'", "''")}'`)
    this.#db.replace(() => {
      for (const ending of companions) rmSync(file + ending, { force: true })
      renameSync(part, file)
      return openDatabase(file, { check: false })
    })
    this.#report(`The store of jobs ${file} had been removed; it was written again from what the job service had open.`)
  }
}
