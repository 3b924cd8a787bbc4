// Between the streams of a launcher and a runner that outlives them: finds the one that is there, or starts one.
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { lstatSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import os from 'node:os'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { EPOCH_FILE, REQUESTS, SOCKET_FILE } from './keptRunner'

/** How long a runner may take to listen. */
const LIMIT_MS = 60_000
const LOOK_MS = 20

export interface BridgeOptions {
  /** Distinguishes the runners of this user: by job service and queue. */
  key: string
  /** The runner to which this job service was connected; any other is taken over. */
  epoch: string
  keepSeconds: number
  /** The program of a runner. */
  source: string
}

/** Resolves with a socket to the runner, on which its hello comes first. */
export async function connectKept(options: BridgeOptions): Promise<Socket> {
  const folder = join(os.tmpdir(), `headless-jobs-runner-${options.key}`)
  const known = epochIn(folder)
  if (known !== undefined) {
    const isSame = known === options.epoch
    const socket = await open(folder, isSame ? REQUESTS.resume : REQUESTS.takeOver)
    if (socket) return socket // else it has died
  }
  makeOwn(folder)
  start(folder, options)
  for (let waitedMs = 0; epochIn(folder) === undefined; waitedMs += LOOK_MS) {
    if (waitedMs > LIMIT_MS) throw new Error('The runner did not begin to listen.')
    await pause()
  }
  const socket = await open(folder, REQUESTS.takeOver)
  if (!socket) throw new Error('The runner has ended at once.')
  return socket
}

/** Passes on both ways until one side has gone. */
export function bridge(streams: Duplex, socket: Socket): void {
  streams.pipe(socket).pipe(streams)
  for (const stream of [streams, socket]) {
    stream.on('error', () => undefined)
    stream.on('close', () => process.exit(0))
    stream.on('end', () => process.exit(0))
  }
}

function epochIn(folder: string): string | undefined {
  try {
    return readFileSync(join(folder, EPOCH_FILE), 'utf8')
  } catch {
    return undefined
  }
}

function open(folder: string, request: string): Promise<Socket | undefined> {
  return new Promise(resolve => {
    const socket = connect(join(folder, SOCKET_FILE))
    socket.once('error', () => resolve(undefined))
    socket.once('connect', () => socket.write(request, () => resolve(socket)))
  })
}

/** @throws Error when another user has put something there */
function makeOwn(folder: string): void {
  const found = lstatSync(folder, { throwIfNoEntry: false })
  if (found && process.getuid && (found.uid !== process.getuid() || !found.isDirectory()))
    throw new Error(`${folder} belongs to another user.`)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { mode: 0o700 })
}

function start(folder: string, { keepSeconds, source }: BridgeOptions): void {
  const program = join(folder, 'runner.cjs')
  writeFileSync(program, source, { mode: 0o600 })
  const args = [program, '--kept', folder, randomUUID(), String(keepSeconds)]
  // in a session of its own: what ends that of the launcher does not end it
  spawn(process.execPath, args, { detached: true, stdio: 'ignore', windowsHide: true }).unref()
}

function pause(): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, LOOK_MS))
}
