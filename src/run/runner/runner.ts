// A runner: starts and watches process trees for the job service. It is a process of its own because `spawn` blocks its
// caller; several runners start jobs at the same time, and the service is never blocked. When the service dies, its runners
// end their jobs.
import type { Duplex } from 'node:stream'
import { MessageWriter, readMessages } from '../base/channel'
import type { FromRunner, ToRunner } from '../base/runnerProtocol'
import { Runs } from './runs'

/** More than the longest message, that with an environment or a spec of many words. */
export const MAX_MESSAGE_BYTES = 64 * 1024 * 1024

/** @param channel to the job service; when that closes it, all runs end */
export function serveRuns(channel: Duplex): void {
  const writer = new MessageWriter<FromRunner>(channel)
  const runs = new Runs(
    (message, bytes) => writer.write(message, bytes),
    () => channel.writableLength,
  )
  readMessages<ToRunner>(channel, MAX_MESSAGE_BYTES, (message, bytes) => runs.onMessage(message, bytes))
  const leave = () => void runs.stopAll().then(() => process.exit(0))
  channel.on('error', () => undefined) // `close` follows
  channel.once('end', leave) // before `close`, which waits until all is read that was written
  channel.once('close', leave)
  surviveFaults()
}

/** A fault in one place must not end all its jobs. */
export function surviveFaults(): void {
  process.on('uncaughtException', error => console.error('Unexpected in a runner:', error))
  // A signal that is meant for the service goes to its whole group; the service decides what becomes of the jobs.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined)
}
