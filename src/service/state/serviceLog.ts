// The log of the job service: no larger than a limit while it runs, restored when it was removed, and never a reason to
// end. The window has opened it as stdout and stderr; the runners write to it as well.
import {
  closeSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  type Stats,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { format } from 'node:util'
import { isFolder, moveAside } from '../base/moveAside'

/** When it has grown beyond this, its end is copied to `<file>.old`, and it is emptied. */
const MAX_BYTES = 1024 * 1024
const STDOUT = 1

export class ServiceLog {
  readonly #file: string
  #fd = STDOUT
  #bytes = 0
  readonly #isOurs: boolean

  /** What is printed goes to the file from now on, if that is where stdout goes. */
  constructor(file: string) {
    this.#file = file
    this.#isOurs = isSame(statOf(file), fstatSync(STDOUT))
    if (!this.#isOurs) return
    const write = (...values: unknown[]) => this.#write(`${format(...values)}\n`)
    for (const name of ['log', 'info', 'warn', 'error'] as const) console[name] = write
    this.keep()
  }

  /** Where a runner prints. */
  get output(): number | 'inherit' {
    return this.#isOurs ? this.#fd : 'inherit'
  }

  #write(text: string): void {
    try {
      this.#bytes += writeSync(this.#fd, text)
      if (this.#bytes > MAX_BYTES) this.#bound()
    } catch {
      // on a full disk the service runs without a log
    }
  }

  /** Called from time to time: runners write to it, too, and it may have been removed. */
  keep(): void {
    if (!this.#isOurs) return
    if (!isSame(statOf(this.#file), fstatSync(this.#fd))) this.#open()
    this.#bound()
    // runners that are older than the file still print to the one before
    if (this.#fd !== STDOUT && fstatSync(STDOUT).size > MAX_BYTES) ftruncateSync(STDOUT, 0)
  }

  #open(): void {
    if (isFolder(this.#file)) moveAside(this.#file)
    const fd = openSync(this.#file, 'a', 0o600)
    if (this.#fd !== STDOUT) closeSync(this.#fd)
    this.#fd = fd
  }

  /** In place: processes that have it open append at its new end. */
  #bound(): void {
    const { size } = fstatSync(this.#fd)
    this.#bytes = size
    if (size <= MAX_BYTES) return
    try {
      writeFileSync(`${this.#file}.old`, lastBytes(this.#file, size), { mode: 0o600 })
    } finally {
      ftruncateSync(this.#fd, 0)
      this.#bytes = 0
    }
  }
}

function lastBytes(file: string, size: number): Buffer {
  const fd = openSync(file, 'r')
  try {
    const bytes = Buffer.alloc(Math.min(size, MAX_BYTES))
    return bytes.subarray(0, readSync(fd, bytes, 0, bytes.length, size - bytes.length))
  } finally {
    closeSync(fd)
  }
}

function statOf(file: string): Stats | undefined {
  return statSync(file, { throwIfNoEntry: false })
}

function isSame(a: Stats | undefined, b: Stats | undefined): boolean {
  return a !== undefined && b !== undefined && a.ino === b.ino && a.dev === b.dev
}
