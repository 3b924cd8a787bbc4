// Windows that send what no window of ours does: each request is answered, a connection that cannot be read is closed, and
// for a window beside them all goes on.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { HELLO_REQUEST, PROTOCOL_VERSION } from '../../src/core/handshake/hello'
import { CHALLENGE_REQUEST, type ChallengeReply, PROVE_REQUEST } from '../../src/core/handshake/proving'
import { defaultSettings } from '../../src/core/protocol/settingsTable'
import { readRecord, statePaths } from '../../src/service/base/paths'
import { makeNonce, proofOf } from '../../src/service/base/proof'
import type { TempState } from '../support/tempState'
import { serviceForEach } from '../support/testService'
import { until } from '../support/until'
import type { TestWindow } from '../support/window'
import { amountOf, seed } from './amounts'
import { edited, pieceSizes } from './junk'
import { RawWindow } from './rawWindow'
import { beginning, ending, messagesIn, type Sent } from './requests'

let state: TempState
let window: TestWindow
serviceForEach(given => ({ state, window } = given), {})

const LIMIT_MS = 9_000
const MESSAGES = 40
/** Connections between two looks at the window beside them. */
const CONNECTIONS = 10
/** What an allocator keeps, and jobs that are in the history. */
const MAX_GROWTH_BYTES = 100 * 1024 * 1024
const MAX_MORE_FILES = 20

function connectionsIn(folder: string) {
  return fc.record({
    begin: beginning,
    messages: fc.array(messagesIn(folder), { minLength: MESSAGES, maxLength: MESSAGES }),
    sizes: pieceSizes,
    end: ending,
    session: fc.constantFrom('one', 'two', 'three'),
  })
}
type Connection = ReturnType<typeof connectionsIn> extends fc.Arbitrary<infer C> ? C : never

/** @returns the line, and the id of the answer that must come */
function toLine(sent: Sent, number: number): { line: string; id?: number | string } {
  if ('loose' in sent) return { line: `${JSON.stringify(sent.loose)}\n` }
  const id = number % 2 === 0 ? number : `request ${number}`
  return { line: `${JSON.stringify({ jsonrpc: '2.0', id, ...sent })}\n`, id }
}

function helloLine(fields: object): Buffer {
  const hello = { protocol: PROTOCOL_VERSION, version: '1.0.0', workspace: '/ws', window: 'fuzz', ...fields }
  return Buffer.from(`${JSON.stringify({ jsonrpc: '2.0', id: 0, method: HELLO_REQUEST, params: hello })}\n`)
}

/** @returns the answer to the proof of the window */
async function prove(raw: RawWindow, token: string, sizes: Connection['sizes']) {
  const own = makeNonce()
  const send = async (id: string, method: string, params: object) => {
    raw.write(Buffer.from(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`), sizes)
    return until(() => raw.answerTo(id), LIMIT_MS, `the answer to ${method}`)
  }
  const { result } = await send('challenge', CHALLENGE_REQUEST, { nonce: own })
  const { nonce } = result as ChallengeReply
  return send('proof', PROVE_REQUEST, { proof: proofOf(token, 'window', { window: own, service: nonce }) })
}

/** Sends all of it, and waits for what must come of it. */
async function talk({ begin, messages, sizes, end, session }: Connection): Promise<void> {
  const { socket, token } = readRecord(statePaths(state.folder)) ?? { socket: '', token: '' }
  const raw = new RawWindow(socket)
  const ended = () => until(() => raw.hasEnded, LIMIT_MS, 'the end of a connection that cannot be read')
  const lines = messages.map((message, i) => toLine(message, i + 1))
  try {
    if (begin === 'wrong token') {
      const refused = await prove(raw, 'x'.repeat(token.length), sizes)
      expect(refused.error).toBeDefined()
      return void (await ended())
    }
    if (begin !== 'none') await prove(raw, token, sizes)
    if (Array.isArray(begin)) {
      raw.write(edited(helloLine({ session }), begin), sizes)
      return void raw.close() // it may have become anything
    }
    if (begin !== 'none') {
      const odd = begin === 'hello' ? {} : begin
      raw.write(helloLine({ session, ...odd }), sizes)
      // one that is too long is not read at all
      await until(() => raw.answerTo(0) ?? raw.hasEnded, LIMIT_MS, 'the answer to a hello')
      const isWelcome = raw.answerTo(0)?.result !== undefined
      if (begin === 'hello') expect(isWelcome).toBe(true)
      else if (Object.values(begin).some(value => typeof value !== 'string')) expect(isWelcome).toBe(false)
      if (!isWelcome) return void (await ended())
    }
    raw.write(Buffer.from(lines.map(({ line }) => line).join('')), sizes)
    const asked = lines.flatMap(({ id }) => id ?? [])
    const isAnswered = () => asked.every(id => raw.answerTo(id)) || (begin === 'none' && raw.hasEnded)
    await until(
      isAnswered,
      LIMIT_MS,
      `answers to ${JSON.stringify({ begin, lines: lines.filter(({ id }) => id && !raw.answerTo(id)) }).slice(0, 4000)}`,
    )
    if (typeof end === 'string') return
    raw.write(end, sizes)
    await ended()
  } finally {
    if (end === 'cut') raw.cut()
    else raw.close()
  }
}

/** The window beside them: its settings count, its job runs, and the service has nothing to complain of. */
async function goesOn(pid: number): Promise<void> {
  const { service } = window.client
  await service.configure({ source: 'beside', settings: { ...defaultSettings, concurrency: 2 }, chosen: true })
  await service.pause({ paused: false })
  const result = await window.api.submit({ command: ['echo', 'on'], stdout: 'text', priority: 100 }).result
  expect(result).toMatchObject({ state: 'succeeded', value: 'on\n' })
  const status = await service.status(null)
  expect(status).toMatchObject({ pid, draining: false })
  expect((await window.api.list({ limit: 5 })).jobs.length).toBeGreaterThan(0)
  const { log } = statePaths(state.folder)
  const text = [log, `${log}.old`].map(file => (existsSync(file) ? readFileSync(file, 'utf8') : '')).join('')
  const faults = /^.*(Unexpected|failed for job|could not be handled)(.*\n){1,8}/m.exec(text)?.[0]
  expect(faults).toBeUndefined()
}

function openFiles(pid: number): number {
  return process.platform === 'linux' ? readdirSync(`/proc/${pid}/fd`).length : 0
}

it('windows that keep no rule', async () => {
  const { pid } = await window.client.service.status(null)
  const rounds = Math.ceil(amountOf('socket') / MESSAGES / CONNECTIONS)
  const connections = connectionsIn(state.folder)
  let before = { memory: 0, files: 0 }
  for (let round = 0; round < rounds; round++) {
    try {
      for (const connection of fc.sample(connections, { seed: seed + round, numRuns: CONNECTIONS }))
        await talk(connection)
      await goesOn(pid)
    } catch (error) {
      throw new Error(`In round ${round} of --seed ${seed}: ${(error as Error).message}`, { cause: error })
    }
    if (round === Math.floor(rounds / 10))
      before = { memory: (await window.client.service.status(null)).memoryBytes, files: openFiles(pid) }
  }
  const { memoryBytes } = await window.client.service.status(null)
  console.log(`memory of the service: ${before.memory >> 20} MB, then ${memoryBytes >> 20} MB`)
  expect(memoryBytes - before.memory).toBeLessThan(MAX_GROWTH_BYTES)
  await until(() => openFiles(pid) <= before.files + MAX_MORE_FILES, LIMIT_MS, 'files that are closed')
})
