// The runner of a job that is a job of a cluster: finds in a file what it is to run, and keeps in another one what has become of it.
// The job service reads that whenever it is there.
import { randomBytes } from 'node:crypto'
import { existsSync, openSync, readSync } from 'node:fs'
import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import { dirname } from 'node:path'
import type { JobError } from '../../api'
import { pause } from '../../core/base/pause'
import { MAX_INLINE_BYTES } from '../../core/protocol/limits'
import type { StoredBytes } from '../../core/values/storedBytes'
import { type FromRunner, type SentEnd, type ToRunner, toBase64 } from '../base/runnerProtocol'
import {
  ARRAY_ENDING,
  RECORD_BYTES,
  readRecord,
  recordOffset,
  statusFile,
  TASK_EXITS,
  type TaskStatus,
} from '../base/taskFiles'
import { surviveFaults } from './runner'
import { Runs } from './runs'
import { SlurmSignal } from './slurmSignal'

/** Between two reports of how it goes: the longer it runs the more, since a disk of a cluster is slow and others use it. */
const FIRST_CHANGES_MS = 250
const LONGEST_CHANGES_MS = 10_000
const CHANGES_SHARE = 0.1
/** Between two attempts to write what has become of it, and how many there are: a disk that is full may have room again. */
const WRITE_AGAIN_MS = 5000
const MAX_WRITES = 60

/** The outcome of what Slurm ends. */
const ENDED_BY_SLURM: JobError = {
  kind: 'lost',
  message: 'Slurm ended it while it ran: its time was over, another one needed its node, or somebody cancelled it.',
}

/**
 * @param array the file of its array, without the ending
 * @param index of the job in it
 */
export async function serveTask(array: string, index: number): Promise<void> {
  const messages = readTask(array, index)
  if (!messages) process.exit(0) // nobody wants it any more
  const status = new StatusFile(statusFile(array, index))
  if (!(await status.claim())) process.exit(0) // it has begun before
  surviveFaults()
  const runs = new Runs(
    message => status.onMessage(message),
    () => 0,
  )
  process.on('SIGTERM', () => {
    void runs.leave(status.signal.receive())
  })
  for (const message of messages) runs.onMessage(message)
}

/** @returns undefined for one that is not to begin any more */
function readTask(array: string, index: number): readonly ToRunner[] | undefined {
  try {
    if (!existsSync(array + ARRAY_ENDING) && existsSync(dirname(array))) return undefined
    const file = openSync(array + ARRAY_ENDING, 'r')
    const read = (offset: number, bytes: number) => {
      const buffer = Buffer.alloc(bytes)
      return buffer.subarray(0, readSync(file, buffer, 0, bytes, offset))
    }
    const record = readRecord(read(recordOffset(index), RECORD_BYTES))
    return record && JSON.parse(read(record.offset, record.bytes).toString())
  } catch (error) {
    console.error(error)
    process.exit(TASK_EXITS.unreadable)
  }
}

class StatusFile {
  readonly #file: string
  readonly #status: TaskStatus = { host: os.hostname() }
  readonly signal = new SlurmSignal(ENDED_BY_SLURM)
  #writing: Promise<boolean> = Promise.resolve(true)
  readonly #begun = performance.now()
  #timer: NodeJS.Timeout | undefined

  constructor(file: string) {
    this.#file = file
  }

  /** @returns whether nobody had begun it */
  async claim(): Promise<boolean> {
    try {
      await writeFile(this.#file, JSON.stringify(this.#status), { flag: 'wx', mode: 0o600 })
      return true
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
      console.error(error)
      process.exit(TASK_EXITS.unwritable)
    }
  }

  onMessage(message: FromRunner): void {
    if (message.type === 'started') this.#started(message)
    else if (message.type === 'changed') this.#changed(message)
    else if (message.type === 'ended') void this.#ended(message)
  }

  #started(message: NonNullable<TaskStatus['started']>): void {
    this.#status.started = message
    this.#write()
  }

  #changed(message: NonNullable<TaskStatus['changed']>): void {
    this.#status.changed = message
    const pauseMs = Math.max(FIRST_CHANGES_MS, (performance.now() - this.#begun) * CHANGES_SHARE)
    this.#timer ??= setTimeout(
      () => {
        this.#timer = undefined
        this.#write()
      },
      Math.min(LONGEST_CHANGES_MS, pauseMs),
    )
  }

  async #ended(message: NonNullable<TaskStatus['ended']>): Promise<void> {
    clearTimeout(this.#timer)
    const end = await withSmallOutputs(message.end, dirname(this.#file))
    const mayBeSlurms = end.endedBy === 'self' && end.exitCode !== 0
    this.#status.ended = { ...message, end: mayBeSlurms ? await this.signal.explain(end) : end }
    for (let tries = 0; !(await this.#write()); tries++) {
      if (tries === MAX_WRITES) process.exit(TASK_EXITS.unwritable)
      await pause(WRITE_AGAIN_MS)
    }
    process.exit(message.end.exitCode ?? 1)
  }

  /** One after the other, each whole or not at all. @returns whether it is on disk */
  #write(): Promise<boolean> {
    this.#writing = this.#writing.then(async () => {
      const part = `${this.#file}.${randomBytes(4).toString('hex')}`
      try {
        await writeFile(part, JSON.stringify(this.#status), { mode: 0o600, flush: true })
        await rename(part, this.#file)
        return true
      } catch (error) {
        console.error(error)
        await rm(part, { force: true }).catch(() => undefined)
        return false
      }
    })
    return this.#writing
  }
}

/** They were files only so that others could read them while it ran; those that a job has named stay. */
async function withSmallOutputs(end: SentEnd, folder: string): Promise<SentEnd> {
  const { stderrFile, ...rest } = end
  const { stdout } = rest
  const isSpooled = (file: string) => dirname(file) === folder
  const small = { ...rest, stdout: 'file' in stdout && isSpooled(stdout.file) ? await inMemory(stdout) : stdout }
  if (stderrFile === undefined) return small
  if (end.stderrTruncated || !isSpooled(stderrFile)) return { ...small, stderrFile }
  await rm(stderrFile, { force: true }).catch(() => undefined)
  return small
}

/** What cannot be read is left where it is, for who fetches it. */
async function inMemory(output: Extract<StoredBytes, { file: string }>): Promise<StoredBytes> {
  if (output.bytes > MAX_INLINE_BYTES) return output
  try {
    const bytes = await readFile(output.file)
    await rm(output.file, { force: true })
    return { base64: toBase64(bytes) }
  } catch (error) {
    console.error(error)
    return output
  }
}
