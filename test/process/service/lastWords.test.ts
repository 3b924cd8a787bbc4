// A window sends requests and is gone at once: the service reads its end while they still wait to be handled. What they ask for is
// done, and nothing of that window is left.
import type { Socket } from 'node:net'
import { expect, test } from 'vitest'
import type { MessageConnection } from 'vscode-jsonrpc/node'
import { uuidv7 } from '../../../src/core/base/uuid'
import { HELLO_REQUEST } from '../../../src/core/handshake/hello'
import { connectRaw } from '../../support/rawConnection'
import type { TempState } from '../../support/tempState'
import { serviceForEach } from '../../support/testService'
import { until } from '../../support/until'
import type { TestWindow } from '../../support/window'

const LIMIT_MS = 20_000
/** Enough requests, handled one a turn, for the end to be read before the last. */
const MANY = 500
const HANDLER = 'test.window/late'
const environment = { hash: 'e', vars: { PATH: process.env.PATH ?? '' }, secretNames: [] }

let state: TempState
let window: TestWindow
serviceForEach(given => ({ state, window } = given), { concurrency: 2, killGraceSeconds: 1 })

const status = () => window.client.service.status(null)

/** While the service stands still a window sends something and ends: all of it has left, and no answer is read. */
async function vanishAfter(socket: Socket, send: () => Promise<unknown>[]): Promise<void> {
  const { pid } = await status()
  process.kill(pid, 'SIGSTOP')
  try {
    for (const answer of send()) answer.catch(() => undefined)
    await new Promise(setImmediate)
    await new Promise(resolve => socket.write('', resolve))
    socket.destroy()
  } finally {
    process.kill(pid, 'SIGCONT')
  }
}

function manyRequests(connection: MessageConnection): Promise<unknown>[] {
  return Array.from({ length: MANY }, () => connection.sendRequest('status', null))
}

/** The last requests of a window; resolves when a job that it submits behind them has run. */
async function sendLast(connection: MessageConnection, socket: Socket, requests: [method: string, params: unknown][]) {
  const job = { id: uuidv7(), name: 'last', command: ['true'], cwd: state.folder }
  await vanishAfter(socket, () => [
    ...manyRequests(connection),
    ...requests.map(([method, params]) => connection.sendRequest(method, params)),
    connection.sendRequest('useEnvironment', environment),
    connection.sendRequest('submit', { owner: 'o', environment: environment.hash, jobs: [job] }),
  ])
  const stored = async () => (await window.client.service.list({ filter: { ids: [job.id] } })).jobs[0]
  await until(async () => (await stored())?.state === 'succeeded', LIMIT_MS, 'the end of the last job')
  expect((await status()).windows).toEqual(['test'])
}

test('a handler that it offered last is not waited for: its results go to another window', async () => {
  await window.api.submit({ command: ['true'], resultHandler: { id: HANDLER } }).result
  const { connection, hello, socket } = connectRaw(state.folder)
  await hello('gone')
  await sendLast(connection, socket, [['offerHandlers', { results: [HANDLER] }]])
  const states: string[] = []
  window.api.registerResultHandler(HANDLER, ({ state }) => void states.push(state))
  await until(() => states.length > 0, LIMIT_MS, 'the result')
  expect(states).toEqual(['succeeded'])
})

test('a worker that it started last ends', async () => {
  const id = uuidv7()
  const spec = { id, name: 'w', command: ['sleep', '600'], cwd: '/' }
  const { connection, hello, socket } = connectRaw(state.folder)
  await hello('gone')
  await connection.sendRequest('useEnvironment', environment)
  await sendLast(connection, socket, [['startWorker', { id, owner: 'o', environment: environment.hash, spec }]])
  await window.api.submit({ command: ['true'] }).result
  const { client } = window
  await until(() => client.summary?.counts.succeeded === 2 && !client.summary.workers, LIMIT_MS, 'no worker')
})

test('it introduced itself and was gone', async () => {
  const { connection, helloOf, prove, socket } = connectRaw(state.folder)
  await prove()
  await sendLast(connection, socket, [[HELLO_REQUEST, helloOf('gone')]])
})
