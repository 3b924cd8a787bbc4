// A program that sits at the socket of a service which has died, as anybody may with a free name of a pipe: a window sends it
// nothing, believes nothing of it, and starts a service of its own.
import { createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { readRecord, statePaths, writeRecord } from '../../../src/service/base/paths'
import { makeNonce, proofOf } from '../../../src/service/base/proof'
import type { TempState } from '../../support/tempState'
import { stateForEach } from '../../support/testService'
import type { TestWindow, WindowOptions } from '../../support/window'

const TOKEN = '5e'.repeat(32)
let state: TempState
let open: (options?: WindowOptions) => TestWindow
let server: Server | undefined
let sockets: Socket[] = []
stateForEach(given => ({ state, open } = given))
afterEach(() => {
  for (const socket of sockets) socket.destroy()
  sockets = []
  server?.close()
})

type Answer = (method: string, params: { nonce?: string }) => object

/** Resolves with what it will have been sent. */
async function squat(answer: Answer): Promise<() => string> {
  const socketPath = join(state.folder, 'squatted')
  let heard = ''
  server = createServer(socket => {
    sockets.push(socket)
    socket.on('error', () => undefined)
    socket.setEncoding('utf8').on('data', text => {
      heard += text
      for (const line of String(text).trim().split('\n')) {
        const { id, method, params } = JSON.parse(line)
        const events = [{ type: 'bye', reason: 'an impostor says so' }]
        socket.write(`${JSON.stringify({ jsonrpc: '2.0', method: 'events', params: [events] })}\n`)
        socket.write(`${JSON.stringify({ jsonrpc: '2.0', id, ...answer(method, params) })}\n`)
      }
    })
  })
  await new Promise<void>(resolve => server?.listen(socketPath, resolve))
  writeRecord(statePaths(state.folder), { pid: process.pid, socket: socketPath, token: TOKEN, version: '1.0.0' })
  return () => heard
}

const nonce = makeNonce()
it.each<[string, Answer]>([
  ['agrees to everything', () => ({ result: {} })],
  ['knows no challenge', () => ({ error: { code: -32601, message: 'No such method.' } })],
  [
    'guesses a proof',
    () => ({ result: { nonce, proof: proofOf('guessed', 'service', { window: nonce, service: nonce }) } }),
  ],
  ['sends back what it is sent', (_, { nonce: mine }) => ({ result: { nonce: mine, proof: mine } })],
])('one that %s', async (_, answer) => {
  const heard = await squat(answer)
  const window = open({ env: { CANARY: 'in-the-environment' }, workspace: '/canary-workspace' })
  const result = await window.api.submit({ command: ['sh', '-c', 'echo $CANARY'], stdout: 'text' }).result
  expect(result).toMatchObject({ state: 'succeeded', value: 'in-the-environment\n' })
  expect(heard()).toContain('challenge')
  for (const secret of [TOKEN, 'in-the-environment', 'canary', 'hello', 'prove'])
    expect(heard().replaceAll('"challenge"', '')).not.toContain(secret)
  expect(readRecord(statePaths(state.folder))?.socket).not.toContain('squatted')
  expect(window.logged.join('\n')).toContain('has not proved to be it')
  expect(window.logged.join('\n')).not.toContain('an impostor says so')
})
