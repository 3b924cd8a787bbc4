import { EventEmitter, once } from 'node:events'
import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import type { Message } from 'vscode-jsonrpc'
import 'vscode-jsonrpc/node'
import { connectionOf, LineReader, onceClosed, TurnWriter } from '../../../src/core/protocol/wire'
import { until } from '../../support/until'

function pipe(limit = 1000) {
  const stream = new PassThrough()
  stream.setEncoding('utf8')
  const reader = new LineReader(stream, limit)
  const messages: Message[] = []
  const errors: string[] = []
  reader.onError(error => errors.push(error.message))
  reader.listen(message => messages.push(message))
  return { stream, reader, messages, errors }
}

describe('the reader', () => {
  it('puts messages together from any pieces, splitting characters too', async () => {
    const { stream, messages } = pipe()
    const bytes = Buffer.from('{"jsonrpc":"2.0","x":"für 🦊"}\n{"jsonrpc":"2.0","x":"b"}\n')
    for (const byte of bytes) stream.write(Buffer.from([byte]))
    await until(() => messages.length === 2, 2000, 'two messages')
    expect(messages).toEqual([
      { jsonrpc: '2.0', x: 'für 🦊' },
      { jsonrpc: '2.0', x: 'b' },
    ])
  })

  it('refuses a message over the limit before it has come whole, and ends the connection', async () => {
    const { stream, messages, errors } = pipe(100)
    let ended = false
    stream.once('finish', () => {
      ended = true
    })
    stream.write('x'.repeat(101))
    await until(() => ended, 2000, 'the end of the connection')
    expect(errors).toEqual(['A message of more than 100 bytes was refused.'])
    expect(messages).toEqual([])
  })

  it('refuses a whole message over the limit that came in one piece', async () => {
    const { stream, errors } = pipe(100)
    stream.write(`"${'x'.repeat(200)}"\n`)
    await until(() => errors.length > 0, 2000, 'an error')
    expect(errors[0]).toMatch(/202 bytes was refused; the limit is 100/)
  })

  it('refuses what is not JSON', async () => {
    const { stream, errors } = pipe()
    stream.write('GET / HTTP/1.1\n')
    await until(() => errors.length > 0, 2000, 'an error')
    expect(errors).toEqual(['A message that is not JSON was refused.'])
  })

  it.each(['{"jsonrpc":"2.0","method":"$/cancelRequest"}', '{"jsonrpc":"2.0","method":"$/cancelRequest","params":{}}'])(
    'refuses a cancellation that the library would throw on: %s',
    async line => {
      const { stream, messages, errors } = pipe()
      stream.write(`{"jsonrpc":"2.0","x":1}\n${line}\n`)
      await until(() => errors.length > 0, 2000, 'an error')
      expect(errors).toEqual(['A cancellation that names no request was refused.'])
      expect(messages).toEqual([{ jsonrpc: '2.0', x: 1 }])
    },
  )

  it('reads nothing after a message that it has refused, and reports it once', async () => {
    const stream = new EventEmitter()
    const reader = new LineReader(Object.assign(stream, { write: () => true, end: () => undefined }), 100)
    const got: unknown[] = []
    reader.onError(error => got.push(error.message))
    reader.listen(message => got.push(message))
    for (const piece of ['no JSON\n', 'nor this\n', '{}\n', 'x'.repeat(200)]) stream.emit('data', piece)
    expect(got).toEqual(['A message that is not JSON was refused.'])
  })

  it('takes longer messages once its limit is raised, as after the handshake', async () => {
    const { stream, reader, messages } = pipe(10)
    reader.limit = 1000
    stream.write(`{"jsonrpc":"2.0","x":"${'y'.repeat(500)}"}\n`)
    await until(() => messages.length === 1, 2000, 'the message')
  })
})

describe('the writer', () => {
  it('writes what came in one turn at once', async () => {
    const stream = new PassThrough()
    stream.setEncoding('utf8')
    const chunks: string[] = []
    stream.on('data', chunk => chunks.push(chunk))
    const writer = new TurnWriter(stream)
    for (const x of [1, 2, 3]) void writer.write({ jsonrpc: '2.0', x } as Message)
    await until(() => chunks.length > 0, 2000, 'a chunk')
    expect(chunks).toEqual(['{"jsonrpc":"2.0","x":1}\n{"jsonrpc":"2.0","x":2}\n{"jsonrpc":"2.0","x":3}\n'])
  })

  it('refuses to write once the connection is closed', async () => {
    const stream = new PassThrough()
    const writer = new TurnWriter(stream)
    stream.destroy()
    await once(stream, 'close')
    await expect(writer.write({ jsonrpc: '2.0' })).rejects.toThrow('The connection is closed.')
  })
})

it('a connection handles the first message of a piece at once, and each other in a turn of its own', async () => {
  const stream = new PassThrough()
  stream.setEncoding('utf8')
  const connection = connectionOf(new LineReader(stream, 1000), new TurnWriter(new PassThrough()))
  const happened: string[] = []
  connection.onNotification('happens', ({ what }: { what: string }) => {
    happened.push(what)
    setImmediate(() => happened.push('a turn'))
  })
  connection.listen()
  const lines = ['one', 'two', 'three'].map(what =>
    JSON.stringify({ jsonrpc: '2.0', method: 'happens', params: { what } }),
  )
  stream.once('data', () => setImmediate(() => happened.push('the turn after reading')))
  stream.write(`${lines.join('\n')}\n`)
  await until(() => happened.length === 7, 2000, 'all turns')
  expect(happened).toEqual([...['one', 'the turn after reading', 'a turn', 'two', 'a turn', 'three', 'a turn']])
  connection.dispose()
})

it('the end of a connection comes behind all that it has read, and not when a peer says so', async () => {
  const stream = new PassThrough()
  stream.setEncoding('utf8')
  const reader = new LineReader(stream, 1000)
  const connection = connectionOf(reader, new TurnWriter(new PassThrough()))
  const happened: string[] = []
  connection.onNotification('happens', ({ what }: { what: string }) => void happened.push(what))
  onceClosed(connection, reader, () => happened.push('closed'))
  connection.listen()
  const line = (method: string, params?: object) => `${JSON.stringify({ jsonrpc: '2.0', method, params })}\n`
  const happens = Array.from({ length: 50 }, (_, i) => line('happens', { what: String(i) }))
  stream.once('data', () => stream.destroy())
  stream.write([line('closed'), ...happens].join(''))
  await until(() => happened.includes('closed'), 2000, 'the end')
  expect(happened).toEqual([...Array.from(happens, (_, i) => String(i)), 'closed'])
  connection.dispose()
})

it('a connection that is disposed of has closed, once', async () => {
  const stream = new PassThrough()
  const reader = new LineReader(stream, 1000)
  const connection = connectionOf(reader, new TurnWriter(new PassThrough()))
  let closed = 0
  onceClosed(connection, reader, () => closed++)
  connection.listen()
  connection.dispose()
  stream.destroy()
  await once(stream, 'close')
  await new Promise(setImmediate)
  expect(closed).toBe(1)
})
