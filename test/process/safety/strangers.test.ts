// Whoever connects to the socket of the job service without knowing the token: real sockets against a real service. A
// window gets in meanwhile.
import { createConnection, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { CHALLENGE_REQUEST, PROVE_REQUEST } from '../../../src/core/handshake/proving'
import { MAX_HANDSHAKE_BYTES, MAX_STRANGERS } from '../../../src/core/protocol/limits'
import { readRecord, statePaths } from '../../../src/service/base/paths'
import { makeNonce } from '../../../src/service/base/proof'
import { connectRaw } from '../../support/rawConnection'
import type { TempState } from '../../support/tempState'
import { stateForEach } from '../../support/testService'
import { until } from '../../support/until'
import type { TestWindow, WindowOptions } from '../../support/window'

interface Stranger {
  socket: Socket
  answer(): string
  isClosed(): boolean
}

let state: TempState
let open: (options?: WindowOptions) => TestWindow
let window: TestWindow
let strangers: Stranger[]

stateForEach(given => ({ state, open } = given))

beforeEach(async () => {
  strangers = []
  window = open()
  await window.configure({})
})
afterEach(() => {
  for (const { socket } of strangers) socket.destroy()
})

function connect(): Stranger {
  const socket = createConnection(readRecord(statePaths(state.folder))?.socket ?? '')
  let answer = ''
  let isClosed = false
  socket.setEncoding('utf8').on('data', text => {
    answer += text
  })
  socket.on('error', () => undefined)
  socket.on('close', () => {
    isClosed = true
  })
  const stranger = { socket, answer: () => answer, isClosed: () => isClosed }
  strangers.push(stranger)
  return stranger
}

const request = (id: number, method: string, params?: unknown) =>
  `${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`
const closed = ({ isClosed }: Stranger) => until(isClosed, 30_000, 'the end of the connection')

async function windowsGetIn(): Promise<void> {
  expect((await open().api.submit({ command: ['true'] }).result).state).toBe('succeeded')
  expect((await window.api.submit({ command: ['true'] }).result).state).toBe('succeeded')
}

it('is refused without a proof, and sent nothing', async () => {
  const stranger = connect()
  stranger.socket.write(request(1, 'status', null))
  stranger.socket.write(request(2, 'hello', { protocol: 1, session: 's' }))
  await closed(stranger)
  expect(stranger.answer()).toContain('Say hello first')
  expect(stranger.answer()).toContain('Before hello both sides prove')
  expect(stranger.answer()).not.toContain('stateFolder')
})

it('is refused with a wrong proof, also with that of the service sent back to it', async () => {
  const { socket, prove } = connectRaw(state.folder)
  await expect(prove('x'.repeat(64))).rejects.toThrow(/The proof is wrong/)
  socket.destroy()
  const echo = connect()
  echo.socket.write(request(1, CHALLENGE_REQUEST, { nonce: makeNonce() }))
  const { result } = JSON.parse(await until(() => echo.answer() || undefined, 20_000, 'the answer'))
  echo.socket.write(request(2, PROVE_REQUEST, { proof: result.proof }))
  await closed(echo)
  expect(echo.answer()).toContain('The proof is wrong')
})

it('gets one answer to a challenge', async () => {
  const stranger = connect()
  stranger.socket.write(request(1, CHALLENGE_REQUEST, { nonce: makeNonce() }))
  await until(() => stranger.answer() || undefined, 20_000, 'the answer')
  stranger.socket.write(request(2, CHALLENGE_REQUEST, { nonce: makeNonce() }))
  await closed(stranger)
  expect(stranger.answer()).toContain('begins with one challenge')
  expect(stranger.answer().match(/"proof"/g)).toHaveLength(1)
})

it('is cut off after a few kilobytes: one line, many short ones, a megabyte, a flood that reads nothing', async () => {
  const long = connect()
  long.socket.write('x'.repeat(MAX_HANDSHAKE_BYTES + 1))
  const megabyte = connect()
  megabyte.socket.write(`${'x'.repeat(1024 * 1024)}\n`)
  const short = connect()
  for (let i = 0; i < 200; i++) short.socket.write(request(i, 'status', null))
  const flood = connect()
  flood.socket.pause()
  const pour = () => {
    while (!flood.socket.destroyed && flood.socket.write(request(1, 'status', null).repeat(1000)));
  }
  flood.socket.on('drain', pour)
  pour()
  await windowsGetIn()
  flood.socket.resume()
  for (const stranger of strangers) await closed(stranger)
  expect(long.answer() + megabyte.answer()).toBe('')
  // what is answered was within the limit
  expect(short.answer().split('\n').length * request(1, 'status', null).length).toBeLessThan(2 * MAX_HANDSHAKE_BYTES)
})

it('is cut off when it is slow, whatever it says', async () => {
  const silent = connect()
  const dripping = connect()
  const drip = setInterval(() => dripping.socket.write('{'), 100)
  await windowsGetIn()
  await closed(silent)
  await closed(dripping)
  clearInterval(drip)
})

it('is one of a few: of five hundred connections the oldest are closed, and a window gets in', async () => {
  for (let i = 0; i < 500; i++) connect()
  await windowsGetIn()
  const left = () => strangers.filter(({ isClosed }) => !isClosed())
  await until(() => left().length <= MAX_STRANGERS, 30_000, 'the end of the others')
  for (const stranger of left()) await closed(stranger)
  await windowsGetIn()
})

it('that has proved itself and then says nothing more is closed, too', async () => {
  const { socket, prove } = connectRaw(state.folder)
  await prove()
  let isClosed = false
  socket.on('close', () => {
    isClosed = true
  })
  await until(() => isClosed, 30_000, 'the end of the connection')
  await windowsGetIn()
})
