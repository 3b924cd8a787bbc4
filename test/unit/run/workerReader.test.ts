import { describe, expect, it, vi } from 'vitest'
import { encodeFrame } from '../../../src/core/values/frames'
import type { FromWorker } from '../../../src/core/values/workerMessages'
import { type RawMessage, WorkerReader } from '../../../src/run/worker/workerReader'

function reading(protocol: 'lines' | 'frames', maxBytes?: number) {
  const messages: FromWorker[] = []
  const raws: RawMessage[] = []
  const texts: Buffer[] = []
  const events = {
    onMessage: (message: FromWorker, raw: RawMessage) => {
      messages.push(message)
      raws.push(raw)
    },
    onText: (text: Buffer) => {
      texts.push(text)
    },
  }
  const reader = new WorkerReader(protocol, events, maxBytes)
  return { reader, messages, raws, texts, text: () => Buffer.concat(texts).toString() }
}

/** All that comes of a stream that comes in pieces of this size. */
function readLines(stream: string | Buffer, size = Number.POSITIVE_INFINITY) {
  const bytes = Buffer.from(stream)
  const read = reading('lines')
  for (let at = 0; at < bytes.length; at += size) read.reader.push(bytes.subarray(at, at + size))
  read.reader.end()
  return read
}

describe('lines', () => {
  const stream = [
    '{"hello":1}',
    'Loading the model…',
    '{"id":1,"progress":0.5,"message":"für 🦊"}\r',
    '',
    '  \t\r',
    '   {"id":1,"value":"ü"}  ',
    '{"not":"ours"}',
    '{"broken":',
    '[1]',
    '"text"',
    '{"id":2,"value":null}',
  ]
  const messages = [
    { hello: 1, features: [] },
    { id: 1, progress: 0.5, message: 'für 🦊' },
    { id: 1, value: 'ü' },
    { id: 2, value: null },
  ]
  const text = 'Loading the model…\n{"not":"ours"}\n{"broken":\n[1]\n"text"\n'

  it.each([1, 2, 3, 5, 16, 50, 1000])('in chunks of %d bytes', size => {
    const read = readLines(`${stream.join('\n')}\n`, size)
    expect(read.messages).toEqual(messages)
    expect(read.text()).toBe(text)
  })

  it.each([1, 7, 1000])('without an end of the last line, in chunks of %d bytes', size => {
    const read = readLines(stream.join('\n'), size)
    expect(read.messages).toEqual(messages)
    expect(read.text()).toBe(text)
  })

  it('are reported in the order in which they came', () => {
    const order: unknown[] = []
    const reader = new WorkerReader('lines', {
      onMessage: message => order.push(message),
      onText: line => order.push(line.toString()),
    })
    reader.push(Buffer.from('a\n{"id":1,"value":1}\nb\n{"id":2,"value":2}\n'))
    expect(order).toEqual(['a\n', { id: 1, value: 1 }, 'b\n', { id: 2, value: 2 }])
  })

  it('an unfinished last line is text when it was meant as no message', () => {
    expect(readLines('{"loss":1,"val').text()).toBe('{"loss":1,"val')
    expect(readLines('{"loss":1,"val').messages).toEqual([])
    expect(readLines('done').text()).toBe('done')
  })

  it('nothing comes of nothing', () => {
    const read = readLines('')
    expect([read.messages, read.texts]).toEqual([[], []])
  })

  it('bytes that are not UTF-8 are replaced in a message, and left alone in text', () => {
    const latin1 = Buffer.from('caf\xe9\n{"id":1,"value":"caf\xe9"}\n', 'latin1')
    const read = readLines(latin1, 4)
    expect(read.messages).toEqual([{ id: 1, value: 'caf\ufffd' }])
    expect(Buffer.concat(read.texts)).toEqual(latin1.subarray(0, 5))
  })

  it('may begin with a byte order mark', () => {
    expect(readLines('\ufeff{"hello":1}\r\n').messages).toEqual([{ hello: 1, features: [] }])
    expect(readLines('\ufeff{"hello":1}\r\n', 1).messages).toEqual([{ hello: 1, features: [] }])
  })

  it('have their length', () => {
    const line = '{"id":1,"value":"ü"}\n'
    for (const size of [1, 100]) expect(readLines(line, size).raws).toEqual([{ bytes: Buffer.byteLength(line) }])
  })

  it('a line that is no message is passed on before it ends', () => {
    const { reader, texts, messages } = reading('lines')
    reader.push(Buffer.from('Continue? '))
    expect(texts.map(String)).toEqual(['Continue? '])
    reader.push(Buffer.from('{"id":1,"value":1}\n{"id":2,"value":2}\n'))
    expect(texts.map(String)).toEqual(['Continue? ', '{"id":1,"value":1}\n'])
    expect(messages).toEqual([{ id: 2, value: 2 }])
  })

  it('blanks that come before the rest of a line do not hold it back, however long it is', () => {
    const { reader, texts } = reading('lines', 20)
    for (const piece of ['  ', 'Continue? ', 'x'.repeat(50)]) reader.push(Buffer.from(piece))
    expect(texts.map(String)).toEqual(['  ', 'Continue? ', 'x'.repeat(50)])
  })

  it('blanks count as a part of a message, in one piece or in several', () => {
    const message = '  {"id":1,"value":7}\n'
    for (const chunks of [[message], [message.slice(0, 5), message.slice(5)]]) {
      const { reader } = reading('lines', message.length - 1)
      expect(() => chunks.map(chunk => reader.push(Buffer.from(chunk)))).toThrow('is too long')
    }
  })

  it('an oversized message is refused, before it has come whole too', () => {
    const message = '{"id":1,"value":"0123456789"}'
    const sentence = 'a line of more than 20 bytes is too long; large data needs the protocol "frames"'
    for (const chunks of [[`${message}\n`], [message], [message.slice(0, 15), message.slice(15)]]) {
      const { reader } = reading('lines', 20)
      expect(() => chunks.map(chunk => reader.push(Buffer.from(chunk)))).toThrow(new Error(sentence))
    }
  })

  it('a message as long as the limit is read', () => {
    const message = '{"id":1,"value":7}\n'
    const { reader, messages } = reading('lines', message.length)
    reader.push(Buffer.from(message.slice(0, -1)))
    reader.push(Buffer.from('\n'))
    expect(messages).toEqual([{ id: 1, value: 7 }])
  })

  it('text may be of any length', () => {
    const { reader, texts } = reading('lines', 20)
    for (let i = 0; i < 100; i++) reader.push(Buffer.from('='.repeat(10)))
    reader.push(Buffer.from(`\n${'='.repeat(100)}\n`))
    expect(Buffer.concat(texts)).toHaveLength(1000 + 1 + 100 + 1)
  })

  it('the pieces of a long message are joined once', () => {
    const concat = vi.spyOn(Buffer, 'concat')
    const value = 'x'.repeat(1024 * 1024)
    const { messages } = readLines(`{"id":1,"value":"${value}"}\n`, 1000)
    const joined = concat.mock.results.reduce((sum, { value }) => sum + value.length, 0)
    concat.mockRestore()
    expect(messages).toEqual([{ id: 1, value }])
    expect(joined).toBeLessThan(value.length + 1000)
  })

  it('thousands of small ones in a chunk are not copied', () => {
    const concat = vi.spyOn(Buffer, 'concat')
    const { messages } = readLines('{"id":1,"value":1}\n'.repeat(5000))
    const calls = concat.mock.calls.filter(([pieces]) => pieces.some(({ length }) => length > 0)).length
    concat.mockRestore()
    expect(messages).toHaveLength(5000)
    expect(calls).toBe(0)
  })
})

describe('frames', () => {
  const hello = encodeFrame(0, { hello: 1, features: ['cancel'] })
  const entry = { path: ['value'], dtype: 'uint8', shape: [3] } as const
  const answer = encodeFrame(7, { value: null }, [entry], [Uint8Array.of(1, 2, 3)])

  it('are messages with their chunks', () => {
    const { reader, messages, raws } = reading('frames')
    reader.push(Buffer.from(hello))
    reader.push(Buffer.from(answer.subarray(0, 50)))
    reader.push(Buffer.from(answer.subarray(50)))
    reader.end()
    expect(messages).toEqual([
      { hello: 1, features: ['cancel'] },
      { id: 7, value: null },
    ])
    const [, raw = { bytes: 0 }] = raws
    if (!('chunks' in raw)) return expect.fail('a frame has chunks')
    expect(raw.bytes).toBe(answer.length)
    expect(raw.arrays).toEqual([entry])
    expect(new Uint8Array(Buffer.concat(raw.chunks))).toEqual(answer)
  })

  it('that say nothing known are refused', () => {
    const { reader } = reading('frames')
    expect(() => reader.push(Buffer.from(encodeFrame(3, { result: 1 })))).toThrow(
      new Error('a frame says nothing that is known here: {"result":1}'),
    )
  })

  it('what is printed between them is refused', () => {
    const { reader, messages, texts } = reading('frames')
    expect(() => reader.push(Buffer.concat([hello, Buffer.from('oops\n'), answer]))).toThrow(
      'no frame begins with "oops"',
    )
    expect([messages.length, texts.length]).toEqual([1, 0])
  })

  it('half a frame at the end is refused', () => {
    const { reader } = reading('frames')
    reader.push(Buffer.from(answer.subarray(0, 60)))
    expect(() => reader.end()).toThrow('in the middle of a frame')
  })

  it('an oversized one is refused', () => {
    const { reader } = reading('frames', 100)
    expect(() => reader.push(Buffer.from(answer))).toThrow('is too long; the limit is 100 bytes')
  })
})
