// Pipes for outputs that a process may open by name. Node connects a child with sockets, and Linux refuses to open
// `/dev/stdout` and `/dev/stderr` where these are sockets; FIFOs, also those without a name, it opens. A FIFO serves
// again when nobody has it open any more.
import { spawn } from 'node:child_process'
import { close, closeSync, constants, open, openSync, readlinkSync, readSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isShort } from '../base/shortage'
import { errorCode, isShortage } from '../base/startError'
import { acquireBuffer, chunkIn } from './readBuffers'

/** One program makes so many; where descriptors are short, only as many as are at hand. */
const MADE_AT_ONCE = 12
/** Two for a process, and some more: one that a stranger holds open is left to it. */
const AT_HAND = 4
/** A machine that takes longer cannot make them. */
const MAKE_TIMEOUT_MS = 10_000
/** Opens a file only to stand for it; Node has no name for this. */
const O_PATH = 0o10000000

const { O_RDONLY, O_WRONLY, O_NONBLOCK } = constants

export interface OutputPipe {
  /** A descriptor for the process; to be closed when that has it. */
  readonly theirs: number
  readonly ours: Socket
  /** The process is gone, and our end is closed. */
  release(): void
  /** What it is called in /proc, where others who have it open are found by that. */
  readonly link: string | undefined
}

/** Descriptors that stand for FIFOs which nobody uses. */
const free: number[] = []
let making: Promise<void> | undefined
/** Elsewhere sockets must do, and so they must on a machine that cannot make FIFOs. */
let canMake = process.platform === 'linux'

/**
 * A promise when some have to be made first; after that ask again.
 * @throws a shortage of the machine, as a rejection
 */
export function ensurePipes(): Promise<void> | undefined {
  if (!canMake || free.length >= AT_HAND) return undefined
  making ??= makePipes().finally(() => {
    making = undefined
  })
  return making
}

async function makePipes(): Promise<void> {
  const names = Array.from({ length: isShort() ? AT_HAND : MADE_AT_ONCE }, (_, number) => String(number))
  try {
    const folder = await mkdtemp(join(tmpdir(), 'headless-jobs-'))
    try {
      await mkfifo(names, folder)
      for (const name of names) free.push(openSync(join(folder, name), O_PATH))
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  } catch (error) {
    if (!isShortage(error)) canMake = false
    else {
      closeSparePipes(0)
      throw error
    }
  }
}

function mkfifo(names: readonly string[], cwd: string): Promise<void> {
  const options = { cwd, stdio: 'ignore', timeout: MAKE_TIMEOUT_MS, killSignal: 'SIGKILL' } as const
  return new Promise((resolve, reject) => {
    const child = spawn('mkfifo', ['-m', '600', ...names], options)
    child.on('error', reject)
    child.on('exit', code => (code === 0 ? resolve() : reject(new Error(`mkfifo ended with ${code}`))))
  })
}

/** Where descriptors are short, jobs need them more: no more than these are kept. */
export function closeSparePipes(keep = AT_HAND): void {
  for (const fifo of free.splice(keep)) closeSync(fifo)
}

/**
 * @returns `undefined` when there is none: a socket must do
 * @throws a shortage of the machine
 */
export function openOutputPipe(): OutputPipe | undefined {
  for (let fifo = free.shift(); fifo !== undefined; fifo = free.shift()) {
    try {
      const pipe = connect(fifo)
      if (pipe) return pipe
    } catch (error) {
      if (isShortage(error)) {
        closeSync(fifo)
        closeSparePipes(0)
        throw error
      }
      canMake = false // this system opens no file by its descriptor
    }
    closeSync(fifo)
  }
  return undefined
}

/** @returns `undefined` when somebody can write into it, who has outlived the job that it was for */
function connect(fifo: number): OutputPipe | undefined {
  const path = `/proc/self/fd/${fifo}`
  const reader = openSync(path, O_RDONLY | O_NONBLOCK)
  try {
    if (!hasWriter(reader)) {
      const theirs = openSync(path, O_WRONLY)
      return { theirs, ours: openReader(reader), link: linkOf(path), release: () => release(fifo, path) }
    }
  } catch (error) {
    closeSync(reader)
    throw error
  }
  closeSync(reader)
  return undefined
}

/** Tells of its data as any stream does, though it is read into buffers of ours. */
function openReader(reader: number): Socket {
  const socket: Socket = new Socket({
    fd: reader,
    readable: true,
    writable: false,
    onread: {
      buffer: acquireBuffer,
      callback(bytes, buffer) {
        socket.emit('data', chunkIn(buffer as Buffer, bytes))
        return true
      },
    },
  })
  return socket
}

/** Where nobody reads (who would have outlived the job), the end to write to cannot be opened without waiting. */
function release(fifo: number, path: string): void {
  open(path, O_WRONLY | O_NONBLOCK, (error, writer) => {
    if (errorCode(error) === 'ENXIO') {
      free.push(fifo)
      return
    }
    if (!error) close(writer)
    close(fifo)
  })
}

const oneByte = new Uint8Array(1)

/** Where nobody writes, reading meets the end. */
function hasWriter(reader: number): boolean {
  try {
    return readSync(reader, oneByte) > 0
  } catch (error) {
    if (errorCode(error) === 'EAGAIN') return true
    throw error
  }
}

/** What a descriptor is called in /proc. */
export function linkOf(descriptor: string): string | undefined {
  try {
    return readlinkSync(descriptor)
  } catch {
    return undefined // it has just been closed
  }
}
