// What the hosts write down, all into one file: the order of its lines is the order in which things were known. A line is on
// disk before the host goes on, so that a host that is killed has written what it knew.
import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { JobState } from '../../src/api'

export type Entry = { host: number; token: string } & (
  | { what: 'accepted'; id: string }
  /** A batch of which a job is accepted. */
  | { what: 'batch'; id: string }
  /** The job has ended, as its own host knows. */
  | { what: 'settled'; state: JobState }
  /** The service has sent a result to this host, on its connection with this number. */
  | { what: 'received'; connection: number }
  /** A handler was called. */
  | { what: 'given'; handler: string; state: JobState | 'batch'; isRight: boolean }
  | { what: 'returned' }
  /** The service has answered that it knows that the handler has returned. 0: on which connection is not known. */
  | { what: 'confirmed'; connection: number }
)

type Noted<E> = E extends Entry ? Omit<E, 'host'> : never

export const journalFile = (folder: string) => join(folder, 'journal')

export class Journal {
  readonly #fd: number

  constructor(
    folder: string,
    private readonly host: number,
  ) {
    this.#fd = openSync(journalFile(folder), 'a')
  }

  note(entry: Noted<Entry>): void {
    writeSync(this.#fd, `${JSON.stringify({ host: this.host, ...entry })}\n`)
    fsyncSync(this.#fd)
  }

  close(): void {
    closeSync(this.#fd)
  }
}

/** Reads a file that only grows; what was read before is not read again. */
export class GrowingLines {
  #seen = 0

  constructor(private readonly file: string) {}

  /** Whole lines that have come since the last call. */
  next(): string[] {
    let text: Buffer
    try {
      text = readFileSync(this.file)
    } catch {
      return [] // nothing has been written yet
    }
    const end = text.lastIndexOf('\n') + 1
    const lines = text.subarray(this.#seen, end).toString().split('\n').filter(Boolean)
    this.#seen = end
    return lines
  }
}
