// Pipes for outputs that a process may open by name. Node connects a child with sockets, and Linux refuses to open
// `/dev/stdout` and `/dev/stderr` where these are sockets; FIFOs, also those without a name, it opens. A FIFO is
// used again when no process has it open any more.
import { spawn } from 'node:child_process'
import { close, closeSync, constants, open, openSync, readlinkSync, readSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isShort } from '../base/shortage'
import { errorCode, isShortage } from '../base/startError'
import { acquireBuffer, chunkIn } from './readBuffers'

/** How many one call of `mkfifo` makes; while descriptors are short, only `MIN_FREE`. */
const MADE_AT_ONCE = 12
/** Two for a process, and two spare ones: a FIFO that another process still has open cannot be used. */
const MIN_FREE = 4
/** A machine that takes longer is treated as one that cannot make them. */
const MAKE_TIMEOUT_MS = 10_000
/** Opens a descriptor that only refers to the file; Node has no name for this flag. */
const O_PATH = 0o10000000

const { O_RDONLY, O_WRONLY, O_NONBLOCK } = constants

export interface OutputPipe {
  /** The descriptor for the process; to be closed once that has it. */
  readonly writeFd: number
  readonly reader: Socket
  /** To be called when the process is gone and the reader is closed. */
  release(): void
  /** Its link in /proc, by which other processes that have it open are found. */
  readonly link: string | undefined
}

/** Descriptors of FIFOs that are not in use. */
const free: number[] = []
let making: Promise<void> | undefined
/** Sockets are used elsewhere, and on a machine that cannot make FIFOs. */
let canMake = process.platform === 'linux'

/**
 * @returns a promise when some have to be made first; after that, call again
 * @throws a shortage of the machine, as a rejection
 */
export function ensurePipes(): Promise<void> | undefined {
  if (!canMake || free.length >= MIN_FREE) return undefined
  making ??= makePipes().finally(() => {
    making = undefined
  })
  return making
}

async function makePipes(): Promise<void> {
  const names = Array.from({ length: isShort() ? MIN_FREE : MADE_AT_ONCE }, (_, number) => String(number))
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

/** While descriptors are short, jobs need them more than the spare FIFOs do. */
export function closeSparePipes(keep = MIN_FREE): void {
  for (const fifo of free.splice(keep)) closeSync(fifo)
}

/**
 * @returns `undefined` when there is none: a socket is used instead
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

/** @returns `undefined` when a process that has outlived an earlier job can still write into it */
function connect(fifo: number): OutputPipe | undefined {
  const path = `/proc/self/fd/${fifo}`
  const reader = openSync(path, O_RDONLY | O_NONBLOCK)
  try {
    if (!hasWriter(reader)) {
      const writeFd = openSync(path, O_WRONLY)
      return { writeFd, reader: openReader(reader), link: linkOf(path), release: () => release(fifo, path) }
    }
  } catch (error) {
    closeSync(reader)
    throw error
  }
  closeSync(reader)
  return undefined
}

/** Emits `data` as any stream does, but reads into buffers that are used again. */
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

/** Opening for writing fails with ENXIO when no process, such as one that has outlived the job, has it open for reading. */
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

/** Without a writer, a read returns the end of file. */
function hasWriter(reader: number): boolean {
  try {
    return readSync(reader, oneByte) > 0
  } catch (error) {
    if (errorCode(error) === 'EAGAIN') return true
    throw error
  }
}

/** The target of a descriptor's link in /proc, the same in every process that has the file open. */
export function linkOf(descriptor: string): string | undefined {
  try {
    return readlinkSync(descriptor)
  } catch {
    return undefined // it has just been closed
  }
}
