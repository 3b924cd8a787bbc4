// What a debugger can do with the job service and its runners, at the ports that `HEADLESS_JOBS_INSPECT` leads to.
import { createServer } from 'node:net'
import { until } from './until'

const LIMIT_MS = 20_000

/** A port that is free, for now. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise(resolve => server.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}

interface Target {
  readonly title: string
  readonly webSocketDebuggerUrl: string
}

/** The program that is inspected at a port. */
export async function targetAt(port: number): Promise<Target | undefined> {
  const [target] = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as Target[]
  return target
}

/** Frees all that nothing refers to: what is left is held. */
export async function collectGarbageAt(port: number): Promise<void> {
  const target = await until(() => targetAt(port), LIMIT_MS, `a program at the port ${port}`)
  const socket = new WebSocket(target.webSocketDebuggerUrl)
  let isDone = false
  socket.onopen = () => socket.send(JSON.stringify({ id: 1, method: 'HeapProfiler.collectGarbage' }))
  socket.onmessage = ({ data }) => {
    isDone = JSON.parse(String(data)).id === 1
  }
  await until(() => isDone, LIMIT_MS, 'the end of a garbage collection')
  socket.close()
}
