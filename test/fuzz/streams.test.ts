// What workers and windows write, in any pieces, right or wrong: messages come of it, or one error, whatever the pieces are.
import { StringDecoder } from 'node:string_decoder'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { LineReader, type TextStream } from '../../src/core/protocol/wire'
import { encodeFrame } from '../../src/core/values/frames'
import { WorkerReader } from '../../src/run/worker/workerReader'
import { fuzz } from './amounts'
import { changed, edit, edited, inPieces, junk, oddNumber, pieceSizes, text } from './junk'

const MESSAGES = 5
/** Small, so that streams come over it. */
const LIMIT = 300

const oneStream = (message: fc.Arbitrary<Buffer>) =>
  fc.record({
    // as text with a character a byte, which can be read when it is printed
    stream: fc
      .array(message, { minLength: MESSAGES, maxLength: MESSAGES })
      .map(all => Buffer.concat(all).toString('latin1')),
    sizes: pieceSizes,
  })

const id = fc.oneof(fc.integer({ min: 1, max: 9 }), oddNumber, text)
const head = fc.oneof(
  fc.record({ hello: fc.constantFrom(1, 2), features: fc.constant(['cancel']) }, { requiredKeys: ['hello'] }),
  fc.record({ id, value: junk }),
  fc.record({ id, error: fc.record({ message: text }) }),
  fc.record({ id, progress: fc.constant(0.5), message: text }),
  fc.record({ id, log: text }),
  fc.record({ message: junk }),
)
const anyBytes = fc.uint8Array({ maxLength: 40 }).map(Buffer.from)

/** What came of a stream: also whether it broke, but not with which words, which may show as much as had come. */
function outcome(read: (got: { messages: unknown[]; text: Buffer[] }) => void) {
  const got: { messages: unknown[]; text: Buffer[] } = { messages: [], text: [] }
  let error: unknown
  try {
    read(got)
  } catch (thrown) {
    error = thrown
  }
  // a fault of ours would be of another kind, and no sentence
  if (error !== undefined) expect((error as Error).message).toMatch(/\b(frame|line)s?\b/)
  expect(error === undefined || !(error instanceof TypeError || error instanceof RangeError)).toBe(true)
  return { messages: got.messages, text: Buffer.concat(got.text).toString('latin1'), isBroken: error !== undefined }
}

function readWorker(protocol: 'lines' | 'frames', pieces: Iterable<Buffer>) {
  return outcome(got => {
    const events = { onMessage: (m: unknown) => got.messages.push(m), onText: (t: Buffer) => got.text.push(t) }
    const reader = new WorkerReader(protocol, events, LIMIT)
    for (const piece of pieces) reader.push(piece)
    reader.end()
  })
}

it('lines of a worker', async () => {
  const blanks = fc.constantFrom('', '', '', ' ', '\t ', '\ufeff')
  const json = changed(head).map(value => JSON.stringify(value))
  const line = fc.oneof(
    { weight: 6, arbitrary: fc.tuple(blanks, json, fc.constantFrom('\n', '\r\n')) },
    { weight: 1, arbitrary: fc.tuple(blanks, text, fc.constantFrom('\n', '')) },
  )
  const message = fc.oneof(
    { weight: 6, arbitrary: line.map(parts => Buffer.from(parts.join(''))) },
    {
      weight: 2,
      arbitrary: fc.tuple(line, fc.array(edit, { maxLength: 2 })).map(([l, e]) => edited(Buffer.from(l.join('')), e)),
    },
    { weight: 1, arbitrary: anyBytes },
  )
  await fuzz('workerLines', MESSAGES, oneStream(message), ({ stream, sizes }) => {
    const bytes = Buffer.from(stream, 'latin1')
    const whole = readWorker('lines', [bytes])
    const split = readWorker('lines', inPieces(bytes, sizes))
    // text before a break is passed on as it comes, so that pieces may have let more of it through
    if (whole.isBroken) whole.text = split.text
    expect(split).toEqual(whole)
  })
})

it('frames of a worker', async () => {
  const array = fc.uint8Array({ minLength: 3, maxLength: 3 })
  const frame = fc
    .tuple(fc.integer({ min: 0, max: 9 }), changed(head), fc.option(array, { nil: undefined }))
    .map(([number, value, bytes]) => {
      const fields = Object(value) as Record<string, unknown>
      const entry = { path: ['value'], dtype: 'uint8', shape: [3] } as const
      return Buffer.from(bytes ? encodeFrame(number, fields, [entry], [bytes]) : encodeFrame(number, fields))
    })
  const message = fc.oneof(
    { weight: 12, arbitrary: frame },
    {
      weight: 3,
      arbitrary: fc
        .tuple(frame, fc.array(edit, { minLength: 1, maxLength: 3 }), fc.boolean())
        .map(([whole, edits, atStart]) => edited(whole, edits, atStart ? [4, 8, 9, 11, 12, 16, 17, 22, 23, 24] : [])),
    },
    { weight: 1, arbitrary: anyBytes },
  )
  await fuzz('workerFrames', MESSAGES, oneStream(message), ({ stream, sizes }) => {
    const bytes = Buffer.from(stream, 'latin1')
    expect(readWorker('frames', inPieces(bytes, sizes))).toEqual(readWorker('frames', [bytes]))
  })
})

/** A stream that is what its pieces are. */
function streamOf() {
  let onData: (text: string) => void = () => undefined
  const decoder = new StringDecoder('utf8')
  const state = { ended: 0, push: (piece: Buffer) => onData(decoder.write(piece)) }
  const stream: TextStream = {
    on: (event: string, listener: unknown) => {
      if (event === 'data') onData = listener as typeof onData
    },
    write: () => true,
    end: () => state.ended++,
  }
  return { stream, state }
}

function readWire(pieces: Iterable<Buffer>) {
  const { stream, state } = streamOf()
  const reader = new LineReader(stream, LIMIT)
  const got: unknown[] = []
  reader.onError(({ message }) => got.push({ refused: message.replace(/of .* bytes.*/, 'that is too long') }))
  reader.listen(message => got.push(message))
  for (const piece of pieces) state.push(piece)
  return { got, ended: state.ended }
}

it('lines of a window or of the job service', async () => {
  const rpc = fc.record(
    { jsonrpc: fc.constant('2.0'), id, method: text, params: junk, result: junk, error: junk },
    { requiredKeys: [] },
  )
  const line = changed(rpc).map(value => Buffer.from(`${JSON.stringify(value)}\n`))
  const message = fc.oneof(
    { weight: 12, arbitrary: line },
    { weight: 2, arbitrary: fc.tuple(line, fc.array(edit, { minLength: 1 })).map(([l, e]) => edited(l, e)) },
    { weight: 1, arbitrary: anyBytes },
    { weight: 1, arbitrary: fc.constantFrom('Content-Length: 20\r\n\r\n{}', '\n', '{', 'x').map(Buffer.from) },
  )
  await fuzz('wire', MESSAGES, oneStream(message), ({ stream, sizes }) => {
    const bytes = Buffer.from(stream, 'latin1')
    const whole = readWire([bytes])
    const split = readWire(inPieces(bytes, sizes))
    expect(split).toEqual(whole)
    const refusals = whole.got.filter(item => typeof item === 'object' && item !== null && 'refused' in item)
    expect(whole.ended).toBe(refusals.length)
    expect(refusals.length).toBeLessThanOrEqual(1)
    if (refusals.length > 0) expect(whole.got.at(-1)).toBe(refusals[0])
  })
})
