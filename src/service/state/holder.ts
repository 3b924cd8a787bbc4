// Which machine holds a state folder that several machines can see. Locks of network file systems may hold nothing, and the
// process of another machine cannot be looked for, so the holder keeps changing a note in the folder: a note that changes is
// of a machine that runs.
import { randomUUID } from 'node:crypto'
import { closeSync, openSync, readFileSync, readSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { pause } from '../../core/base/pause'
import { bootId, isSameBoot } from '../base/bootId'
import { type Machine, thisMachine } from '../base/machineId'

/** How often the note is changed; `HEADLESS_JOBS_BEAT_SECONDS` shortens it in tests. */
const BEAT_MS = Number(process.env.HEADLESS_JOBS_BEAT_SECONDS ?? 5) * 1000
/** A note that has not changed for so many beats is of a machine that is gone. */
const MISSED_BEATS = 4
/** Longer than two machines that take the folder at the same moment need to see each other's notes. */
const SETTLE_MS = BEAT_MS / 2
const MAX_NOTE_BYTES = 4096

export interface Note extends Machine {
  boot: string
  /** Of one service. */
  service: string
  beat: number
}

/** Another machine holds the folder. */
export class HeldError extends Error {
  constructor(folder: string, holder: string) {
    super(
      `The folder ${folder} is in use by the job service of the machine “${holder}”, and a folder serves one machine at a time: end that service, or choose a folder on a disk of this machine with the setting headlessJobs.storageFolder.`,
    )
  }
}

export interface Holder {
  /** Resolves with the reason when another machine has taken the folder: nothing may be written to it any more. */
  readonly lost: Promise<string>
  /** Whether it is held still, by the note as it is now. */
  isHeld(): boolean
  release(): void
}

/** Of a folder that no other machine can see: its lock is enough. */
export const heldByLock: Holder = { lost: new Promise(() => undefined), isHeld: () => true, release: () => undefined }

/** Whether the note of a machine that was found can be replaced at once: it is of an earlier service of this machine. */
export function isOwnRemnant(found: Note, own: Note): boolean {
  return found.id === own.id && isSameBoot(found.boot, own.boot)
}

/**
 * Holds a folder whose local lock has been taken.
 * @throws HeldError when another machine does
 */
export async function holdFolder(folder: string, file: string): Promise<Holder> {
  const own: Note = { ...thisMachine(), boot: bootId(), service: randomUUID(), beat: 0 }
  await waitForSilence(folder, file, own)
  writeNote(file, own)
  await pause(SETTLE_MS)
  const found = readNote(file)
  if (found?.service !== own.service) throw new HeldError(folder, found?.name ?? 'unknown')
  return keepHolding(folder, file, own)
}

async function waitForSilence(folder: string, file: string, own: Note): Promise<void> {
  const first = readNote(file)
  if (!first || isOwnRemnant(first, own)) return
  console.log(`The folder ${folder} was last held by the machine “${first.name}”; waiting for a sign of it.`)
  for (const end = performance.now() + MISSED_BEATS * BEAT_MS; performance.now() < end; ) {
    await pause(BEAT_MS / 10)
    const now = readNote(file)
    if (!now) return // it has been released
    if (now.service !== first.service || now.beat !== first.beat) throw new HeldError(folder, now.name)
  }
  console.log(`The machine “${first.name}” has given no sign: this one holds the folder now.`)
}

function keepHolding(folder: string, file: string, own: Note): Holder {
  const { promise: lost, resolve } = Promise.withResolvers<string>()
  let isLost = false
  const beat = () => {
    const other = isLost ? undefined : renewNote(file, own)
    if (other === undefined) return
    isLost = true
    clearInterval(timer)
    resolve(`the machine “${other.name}” has taken the folder ${folder}`)
  }
  const timer = setInterval(beat, BEAT_MS)
  return {
    lost,
    isHeld() {
      beat()
      return !isLost
    },
    release() {
      clearInterval(timer)
      if (!isLost && readNote(file)?.service === own.service) rmSync(file, { force: true })
    },
  }
}

/**
 * Changes the note where it lies, so that this needs no room on the disk, and through one descriptor, so that a note which
 * has taken its place is never overwritten.
 * @returns the note of another service
 */
function renewNote(file: string, own: Note): Note | undefined {
  try {
    const fd = openSync(file, 'r+', 0o600)
    try {
      const bytes = Buffer.alloc(MAX_NOTE_BYTES)
      const found = parseNote(bytes.toString('utf8', 0, readSync(fd, bytes, 0, bytes.length, 0)))
      if (found && found.service !== own.service) return found
      own.beat++
      writeSync(fd, textOf(own), 0)
    } finally {
      closeSync(fd)
    }
  } catch (error) {
    // the network may be away; what was removed is written again
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') tryToWrite(file, own)
  }
  return undefined
}

function tryToWrite(file: string, own: Note): void {
  try {
    writeFileSync(file, textOf(own), { mode: 0o600, flag: 'wx' })
  } catch {
    // the next beat sees what is there
  }
}

function writeNote(file: string, note: Note): void {
  const part = `${file}.${note.service}`
  writeFileSync(part, textOf(note), { mode: 0o600 })
  renameSync(part, file)
}

/** Of one length whatever the number of the beat. */
function textOf(note: Note): string {
  return JSON.stringify({ ...note, beat: String(note.beat).padStart(12, '0') })
}

function readNote(file: string): Note | undefined {
  try {
    return parseNote(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}

function parseNote(text: string): Note | undefined {
  try {
    const { id, name, boot, service, beat } = JSON.parse(text) as Partial<Record<keyof Note, unknown>>
    return { id: String(id), name: String(name), boot: String(boot), service: String(service), beat: Number(beat) }
  } catch {
    return undefined
  }
}
