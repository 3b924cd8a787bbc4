// Both streams by time: what the runner keeps of their order, and how a document is made of it.
import { expect, test } from 'vitest'
import { OutputText } from '../../../src/extension/outputs/outputText'
import { type OutputOrder, parseOrder, piecesIn, stderrPlaces, totalOf } from '../../../src/extension/text/outputOrder'
import { Arrivals, MAX_TURNS } from '../../../src/run/output/arrivals'

const order = (arrivals: Arrivals) => parseOrder(arrivals.text())

test('chunks of one stream in a row are one turn, and one stream alone has no order', () => {
  const arrivals = new Arrivals()
  arrivals.add('stdout', 3)
  arrivals.add('stdout', 4)
  expect(arrivals.text()).toBe('')
  arrivals.add('stderr', 5)
  arrivals.add('stderr', 0)
  arrivals.add('stdout', 1)
  expect(order(arrivals)).toEqual({ before: { stdout: 0, stderr: 0 }, turns: [7, -5, 1] })
})

test('of many turns the last are kept, and of the first how much it was', () => {
  const arrivals = new Arrivals()
  for (let i = 0; i < 10 * MAX_TURNS; i++) arrivals.add(i % 2 ? 'stderr' : 'stdout', i % 2 ? 2 : 3)
  const kept = order(arrivals) as OutputOrder
  expect(kept.turns.length).toBeGreaterThanOrEqual(MAX_TURNS)
  expect(kept.turns.length).toBeLessThanOrEqual(2 * MAX_TURNS)
  expect(totalOf(kept)).toBe(25 * MAX_TURNS)
  expect(kept.before.stdout * 2).toBe(kept.before.stderr * 3)
})

test.each(['', '{}', '[1,"a"]', '[0.5]'])('an order that is none is not used: %s', text => {
  expect(parseOrder(text)).toBeUndefined()
})

test('a stretch of both is made of pieces of each', () => {
  const of = { before: { stdout: 10, stderr: 4 }, turns: [6, -3, 2] }
  expect(piecesIn(of, 8, 22)).toEqual([
    { stream: 'stdout', at: 8, offset: 8, length: 2 },
    { stream: 'stderr', at: 10, offset: 0, length: 4 },
    { stream: 'stdout', at: 14, offset: 10, length: 6 },
    { stream: 'stderr', at: 20, offset: 4, length: 2 },
  ])
})

test('stderr is found in the lines and characters of the text, also within a line and with other ends of lines', () => {
  const bytes = Buffer.from('ä 1\r\nbad\rü 2 oh\n3\n')
  const turns = [6, -4, 5, -3, 2]
  expect(stderrPlaces({ before: { stdout: 0, stderr: 0 }, turns }, bytes, 0, [1, 0])).toEqual([
    { start: [2, 0], end: [2, 3] },
    { start: [3, 4], end: [3, 6] },
  ])
})

test('a text of both begins where their order is known, and says so', async () => {
  const text = new OutputText()
  const both = Buffer.from(`${'o'.repeat(20)}${'e'.repeat(10)}out\nerr\n`)
  const known = { before: { stdout: 20, stderr: 10 }, turns: [4, -4] }
  const read = async (offset: number, length: number) => both.subarray(offset, offset + length)
  const shown = Buffer.from(await text.text({ total: both.length, read, order: known }))
    .toString()
    .split('\n')
  expect(shown).toEqual([
    '⋯ 30 bytes come before this line; how stdout and stderr followed each other there was not kept. [Save All…]',
    'out',
    'err',
    '',
  ])
  expect(text.stderrPlaces()).toEqual([{ start: [2, 0], end: [2, 3] }])
})
