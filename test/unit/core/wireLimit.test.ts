// The last check of all messages: one above the limit is never written, and a request for it ends with an error.
import { PassThrough } from 'node:stream'
import { expect, it } from 'vitest'
import { createMessageConnection } from 'vscode-jsonrpc/node'
import type { JobInfo } from '../../../src/api'
import type { ServiceEvent } from '../../../src/core/protocol/protocol'
import { truncateJob, truncateText } from '../../../src/core/protocol/truncate'
import { isTooLarge, LineReader, messageBytes, TurnWriter } from '../../../src/core/protocol/wire'
import { answerInParts } from '../../../src/service/server/longRequest'
import { Session } from '../../../src/service/sessions/session'

const LIMIT = 1000

/** Two ends of a wire, and what was written. */
function wire() {
  const lines: string[] = []
  const stream = () => {
    const through = new PassThrough()
    through.setEncoding('utf8')
    return through
  }
  const [there, back] = [stream(), stream()]
  const end = (input: PassThrough, output: PassThrough) => {
    const writer = new TurnWriter(
      {
        on: output.on.bind(output),
        write: text => {
          lines.push(...text.trimEnd().split('\n'))
          return output.write(text)
        },
        end: () => output.end(),
      },
      LIMIT,
    )
    const connection = createMessageConnection(new LineReader(input, LIMIT), writer)
    connection.listen()
    return { connection, writer }
  }
  return { lines, near: end(back, there), far: end(there, back) }
}

it('an answer that is too large is an error of its request, and the next one is answered', async () => {
  const { lines, near, far } = wire()
  far.connection.onRequest('give', (length: number) => 'é'.repeat(length))
  await expect(near.connection.sendRequest('give', 600)).rejects.toThrow(
    /The answer is not sent\. .* 1,2\d\d bytes, and at most 1,000 are sent at once/,
  )
  expect(await near.connection.sendRequest('give', 3)).toBe('ééé')
  expect(Math.max(...lines.map(line => Buffer.byteLength(line)))).toBeLessThanOrEqual(LIMIT)
})

it('a request that is too large rejects and is not sent', async () => {
  const { lines, near } = wire()
  const refused = await near.connection.sendRequest('take', 'x'.repeat(LIMIT)).catch((error: Error) => error)
  expect(isTooLarge(refused as Error)).toBe(true)
  expect(lines).toEqual([])
})

function limitedSession(limit: number) {
  const sent: ServiceEvent[] = []
  const session = new Session('s')
  session.attach({
    send: events => {
      if (messageBytes(events) > limit) return false
      sent.push(...events)
      return true
    },
    pendingBytes: 0,
    whenDrained: () => undefined,
  })
  return { session, sent }
}

const info = { id: 'a', command: ['true'], name: 'n', owner: 'o', queue: 'local', cwd: '/' } as unknown as JobInfo

it('an event that is too large is sent in pieces, in order', () => {
  const { session, sent } = limitedSession(LIMIT)
  const jobs = Array.from({ length: 33 }, (_, i) => ({ ...info, id: `${i}` }))
  session.send({ type: 'jobs', jobs })
  expect(sent.length).toBeGreaterThan(2)
  expect(sent.flatMap(event => (event.type === 'jobs' ? event.jobs : []))).toEqual(jobs)
})

it('one that cannot be split becomes a resync', () => {
  const { session, sent } = limitedSession(LIMIT)
  session.send({ type: 'jobs', jobs: [{ ...info, name: 'x'.repeat(LIMIT) }] })
  session.send({ type: 'bye', reason: 'x'.repeat(LIMIT) })
  expect(sent).toEqual([{ type: 'resync' }, { type: 'resync' }])
})

it('displayed texts are truncated by their bytes in a message, between two characters', () => {
  expect(truncateText('abc', 3)).toBe('abc')
  expect(truncateText('abcd', 3)).toBe('abc…')
  expect(truncateText('é\u0001é', 8)).toBe('é\u0001…')
  expect(truncateText('a😀', 4)).toBe('a…')
  for (const word of ['x', '\u0001', '"', 'é', '😀', '\ud800'])
    expect(messageBytes(truncateJob({ ...info, name: word.repeat(9999), command: [word.repeat(9999)] }))).toBeLessThan(
      5000,
    )
  const many = truncateJob({ ...info, command: Array.from({ length: 9999 }, () => '') })
  expect(messageBytes(many)).toBeLessThan(5000)
  expect(many.command.at(-1)).toBe('…')
  expect(truncateJob(info)).toEqual(info)
})

it('a long request reports while it is in progress', async () => {
  const alive = Promise.withResolvers<void>()
  const send = async () => alive.resolve()
  const answer = await answerInParts(undefined, { send, signal: new AbortController().signal }, async () => {
    await alive.promise
    return { cancelled: 1 }
  })
  expect(answer).toEqual({ cancelled: 1 })
}, 60_000)
