// A runner: starts and watches process trees for the job service. It is a process of its own because `spawn` blocks its
// caller; several runners start jobs at the same time, and the service is never blocked. When the service dies, its runners
// end their jobs.
import { Socket } from 'node:net'
import { readLines, TurnWriter } from '../../core/protocol/wire'
import { CHANNEL_FD, type FromRunner, type ToRunner } from '../base/runnerProtocol'
import { Runs } from './runs'

/** More than the longest message, that with an environment or a spec of many words. */
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024

export function serveRuns(): void {
  const socket = new Socket({ fd: CHANNEL_FD })
  socket.setEncoding('utf8')
  const writer = new TurnWriter<FromRunner>(socket)
  const runs = new Runs(
    message => void writer.write(message).catch(() => undefined),
    () => socket.writableLength,
  )
  readLines<ToRunner>(socket, MAX_MESSAGE_BYTES, message => runs.onMessage(message))
  socket.on('error', () => undefined) // `close` follows
  socket.on('close', () => void runs.stopAll().then(() => process.exit(0)))
  // A fault in one place must not end all its jobs.
  process.on('uncaughtException', error => console.error('Unexpected in a runner:', error))
  // A signal that is meant for the service goes to its whole group; the service decides what becomes of the jobs.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined)
}
