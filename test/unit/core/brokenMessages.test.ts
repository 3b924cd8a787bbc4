// A line that begins like a message and is none: somebody would wait for what it was meant to say.
import { describe, expect, it } from 'vitest'
import { encodeFrame } from '../../../src/core/values/frames'
import type { FromWorker } from '../../../src/core/values/workerMessages'
import { WorkerReader } from '../../../src/run/worker/workerReader'

function read(line: string): { messages: FromWorker[]; text: string } {
  const messages: FromWorker[] = []
  let text = ''
  const events = { onMessage: (message: FromWorker) => messages.push(message), onText: (t: Buffer) => (text += t) }
  const reader = new WorkerReader('lines', events)
  reader.push(Buffer.from(`${line}\n`))
  return { messages, text }
}

const advice =
  '; JSON has neither NaN nor Infinity: say null in its place, or send it in an array with the protocol "frames"'

describe('a line that was meant as an answer', () => {
  it.each([
    '{"id":1,"value":NaN}',
    '{"id":1,"value":Infinity}',
    '{"id": 1, "value": [1, -Infinity]}',
    '{"value":NaN,"id":1}',
    '{"value":NaN}',
  ])('is refused with advice on NaN: %s', line => {
    expect(() => read(line)).toThrow(
      new Error(`a line begins like a message and cannot be read as one: ${line}${advice}`),
    )
  })

  it.each([
    '{"id":1,"val',
    '{"id":1,"value":5',
    "{'id': 1, 'value': 5}",
    '{ id: 1, value: 5 }',
    '{"id":1}',
    '{"id":1,"result":5}',
    '{"id":1,"Value":5}',
    '{"id":"one","value":5}',
    '{"id":null,"value":5}',
    '{"id":0,"value":5}',
    '{"id":1.5,"error":"no"}',
    '{"value":5}',
    '{"error":{"message":"no"}}',
    '{"jsonrpc":"2.0","id":1,"result":5}',
    '{"hello":"1"}',
    "{'hello': 1}",
  ])('is refused: %s', line => {
    expect(() => read(line)).toThrow(new Error(`a line begins like a message and cannot be read as one: ${line}`))
  })

  it('is shown to its beginning', () => {
    const line = `{"id":1,"value":"${'x'.repeat(200)}`
    expect(() => read(line)).toThrow(`${line.slice(0, 80)}…`)
  })
})

it.each([
  '{"level":"info","msg":"loaded"}',
  '{"step":1,"value":0.25}',
  '{"event":"login","id":"a1b2"}',
  '{"loss":NaN}',
  "{'loss': 0.5, 'value': 3}",
  '{"progress":0.5,"message":"for nobody"}',
  '{"id":1,"progress":"50%"}',
  '{"id":1,"progress":NaN}',
  '{"half of a message":',
  '{',
  '{}',
  '[{"id":1,"value":1}]',
  'see {"id":1,"value":NaN}',
])('any other line is text: %s', line => {
  expect(read(line)).toEqual({ messages: [], text: `${line}\n` })
})

it('in a frame, a head with NaN is refused with the same advice', () => {
  const frame = Buffer.from(encodeFrame(1, { value: 123 }))
  frame.write('NaN', frame.indexOf('123'))
  const reader = new WorkerReader('frames', { onMessage: () => undefined, onText: () => undefined })
  expect(() => reader.push(frame)).toThrow(`the head of a frame is not JSON: {"value":NaN}${advice}`)
})
