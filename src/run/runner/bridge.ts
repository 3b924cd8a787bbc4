// Between the streams of a launcher and a runner that outlives them: finds the one that is there, or starts one.
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { lstatSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import os from 'node:os'
import { dirname, join } from 'node:path'
import type { Duplex } from 'node:stream'
import { pause } from '../../core/base/pause'
import { removeFolder } from '../base/removeFolder'
import { HELD_NODE, heldFolderOf } from '../base/runnerHello'
import { REQUESTS, SOCKET_FILE } from './keptRunner'

/** How long a runner may take to listen. */
const LIMIT_MS = 60_000
const HELD_LIMIT_MS = 20_000
const LOOK_MS = 20
/** The path of a socket may have about 100 bytes; key and epoch take 50. */
const MAX_TMPDIR = 50

/** The allocation in which this is has none. */
export class NoRunnerError extends Error {}

export interface BridgeOptions {
  /** Distinguishes the runners of this user: by job service and queue. */
  key: string
  /** The runner that is wanted; any other of this key is ended, since nobody knows it. */
  epoch: string
  /** Whether this job service was connected to it, and goes on; else it takes it over from an earlier one. */
  isResumed: boolean
  keepSeconds: number
  /** It is begun by the allocation of a cluster, in which this is. */
  isHeld: boolean
  /** The program of a runner. */
  source: string
}

/** Resolves with a socket to the runner, on which its hello comes first. */
export async function connectKept(options: BridgeOptions): Promise<Socket> {
  if (options.isHeld) return heldRunner(options)
  const folder = parentOf(options)
  makeOwn(folder)
  let found: Socket | undefined
  for (const epoch of readdirSync(folder)) {
    const isWanted = epoch === options.epoch
    const socket = await open(join(folder, epoch), isWanted ? requestOf(options) : REQUESTS.end)
    if (!socket)
      removeFolder(join(folder, epoch)) // it has died
    else if (isWanted) found = socket
    else socket.end()
  }
  return found ?? (await begin(folder, options))
}

/** It may not listen yet: its allocation has just begun. */
async function heldRunner(options: BridgeOptions): Promise<Socket> {
  const socket = await openLater(heldFolderOf(options.key, options.epoch), requestOf(options), HELD_LIMIT_MS)
  if (!socket) throw new NoRunnerError('Its runner has gone.')
  return socket
}

function requestOf({ isResumed }: BridgeOptions): string {
  return isResumed ? REQUESTS.resume : REQUESTS.takeOver
}

function parentOf({ key }: BridgeOptions): string {
  const tmp = os.tmpdir()
  return join(tmp.length > MAX_TMPDIR ? '/tmp' : tmp, `headless-jobs-${key}`)
}

/** The folder of the runner of an allocation, made by it. */
export function heldFolder(key: string, epoch: string): string {
  const folder = heldFolderOf(key, epoch)
  makeOwn(dirname(folder))
  makeOwn(folder)
  symlinkSync(process.execPath, join(folder, HELD_NODE))
  return folder
}

/** One that has never been given anything. */
async function begin(parent: string, options: BridgeOptions): Promise<Socket> {
  const epoch = randomBytes(6).toString('hex')
  const folder = join(parent, epoch)
  mkdirSync(folder, { mode: 0o700 })
  const socket = await openLater(folder, REQUESTS.takeOver, LIMIT_MS, start(folder, epoch, options))
  if (!socket) throw new Error('The runner did not begin to listen.')
  return socket
}

/** As soon as it listens; `undefined` when it does not within the limit, or has ended. */
async function openLater(
  folder: string,
  request: string,
  limitMs: number,
  hasEnded = () => false,
): Promise<Socket | undefined> {
  for (let waitedMs = 0; waitedMs < limitMs && !hasEnded(); waitedMs += LOOK_MS) {
    const socket = await open(folder, request)
    if (socket) return socket
    await pause(LOOK_MS)
  }
  return undefined
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

function open(folder: string, request: string): Promise<Socket | undefined> {
  return new Promise(resolve => {
    const socket = connect(join(folder, SOCKET_FILE))
    socket.once('error', () => resolve(undefined))
    socket.once('connect', () => socket.write(request, () => resolve(socket)))
  })
}

/** @throws Error when another user has put something there */
function makeOwn(folder: string): void {
  mkdirSync(folder, { mode: 0o700, recursive: true })
  const found = lstatSync(folder)
  if (process.getuid && (found.uid !== process.getuid() || !found.isDirectory()))
    throw new Error(`${folder} belongs to another user.`)
}

/** @returns whether it has ended already */
function start(folder: string, epoch: string, { keepSeconds, source }: BridgeOptions): () => boolean {
  const program = join(folder, 'runner.cjs')
  writeFileSync(program, source, { mode: 0o600 })
  const args = [program, '--kept', folder, epoch, String(keepSeconds)]
  // in a session of its own: what ends that of the launcher does not end it
  const runner = spawn(process.execPath, args, { detached: true, stdio: 'ignore', windowsHide: true })
  runner.unref()
  return () => runner.exitCode !== null || runner.signalCode !== null
}
