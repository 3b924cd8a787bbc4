// A runner that outlives its connections: a process of its own, which listens on a socket in its folder for the next one, and
// ends when none comes for a while.
import { rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { Resumable } from '../base/resumable'
import type { RunnerHello } from '../base/runnerHello'
import { serveRuns } from './runner'

/** What a bridge says first. */
export const REQUESTS = { attach: 'attach\n', end: 'end\n' } as const
/** In the folder of the runner: which one it is, once it listens. */
export const EPOCH_FILE = 'epoch'
export const SOCKET_FILE = 'socket'

/** How long it waits when it has nothing that anybody may want; a connection takes less. */
const IDLE_MS = 90_000

/** @param keepMs how long it waits for another connection */
export function serveKept(hello: RunnerHello, keepMs: number): void {
  const channel = new Resumable()
  const runs = serveRuns(channel)
  let timer = setTimeout(() => channel.destroy(), Math.min(keepMs, IDLE_MS))
  channel.on('away', () => {
    const isIdle = runs.size === 0 && channel.isConfirmed
    timer = setTimeout(() => channel.destroy(), isIdle ? Math.min(keepMs, IDLE_MS) : keepMs)
  })
  const server = createServer(socket => {
    socket.on('error', () => undefined)
    socket.once('data', (first: Buffer) => {
      const request = first.toString()
      if (request === REQUESTS.end) channel.destroy()
      if (request !== REQUESTS.attach) return void socket.destroy()
      clearTimeout(timer)
      socket.write(`${JSON.stringify(hello)}\n`)
      channel.attach(socket)
    })
  })
  process.on('exit', () => rmSync(hello.folder, { recursive: true, force: true }))
  server.listen(join(hello.folder, SOCKET_FILE), () => writeFileSync(join(hello.folder, EPOCH_FILE), hello.epoch ?? ''))
}
