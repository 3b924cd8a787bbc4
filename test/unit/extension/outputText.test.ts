// The parts of a long output that a document shows: whole lines, no more than it must read, and lines that say what is not shown.
import { expect, test } from 'vitest'
import { OutputText } from '../../../src/extension/outputs/outputText'
import { MAX_SHOWN_BYTES, PART_BYTES } from '../../../src/extension/text/outputStretch'

const LINE_BYTES = 256

/** An output of numbered lines that grows, and what was read of it. */
class Growing {
  reads: [offset: number, length: number][] = []
  constructor(public total: number) {}

  readonly read = async (offset: number, length: number): Promise<Buffer> => {
    this.reads.push([offset, length])
    const end = Math.min(this.total, offset + length)
    const first = Math.floor(offset / LINE_BYTES)
    const lines = Array.from({ length: Math.ceil(end / LINE_BYTES) - first }, (_, i) => lineOf(first + i)).join('')
    return Buffer.from(lines.slice(offset - first * LINE_BYTES, end - first * LINE_BYTES))
  }

  /** How many bytes were read since the last time. */
  taken(): number {
    const sum = this.reads.reduce((bytes, [, length]) => bytes + length, 0)
    this.reads = []
    return sum
  }

  async textOf(text: OutputText): Promise<string[]> {
    return Buffer.from(await text.text(this))
      .toString()
      .split('\n')
  }
}

const lineOf = (n: number) => `line ${String(n).padStart(LINE_BYTES - 6)}\n`
const numbered = (lines: readonly string[]) =>
  lines.filter(line => line.startsWith('line')).map(line => Number(line.slice(5)))
/** The lines are numbered without a gap. */
function expectLines(lines: readonly string[], first: number, last: number): void {
  const numbers = numbered(lines)
  expect([numbers[0], numbers.at(-1), numbers.length]).toEqual([first, last, last - first + 1])
}

test('a short output is shown whole, and only what is new is read again', async () => {
  const output = new Growing(10 * LINE_BYTES)
  const text = new OutputText()
  expectLines(await output.textOf(text), 0, 9)
  expect(text.above ?? text.below).toBeUndefined()
  output.taken()
  output.total = 20 * LINE_BYTES
  expectLines(await output.textOf(text), 0, 19)
  expect(output.taken()).toBe(10 * LINE_BYTES)
})

test('of 2 GB the end is read, from a whole line on, with a line above that says how much is not shown', async () => {
  const output = new Growing(2 * 1024 ** 3 + 5)
  const text = new OutputText()
  const lines = await output.textOf(text)
  expect(output.taken()).toBe(PART_BYTES)
  expect(lines[0]).toBe('⋯ 2 GB come before this line. [Show Earlier Part] [Show Beginning] [Save All…]')
  expect(lines[1]).toBe(lineOf(Math.ceil((output.total - PART_BYTES) / LINE_BYTES)).trimEnd())
  expect(text.follows).toBe(true)
})

test('its end grows until it is twice as long, and begins anew then', async () => {
  const output = new Growing(MAX_SHOWN_BYTES + LINE_BYTES)
  const text = new OutputText()
  const [, first] = await output.textOf(text)
  output.total += PART_BYTES - LINE_BYTES
  expect((await output.textOf(text))[1]).toBe(first)
  output.taken()
  output.total += 4 * LINE_BYTES
  expect((await output.textOf(text))[1]).not.toBe(first)
  expect(output.taken()).toBe(PART_BYTES)
})

test('who is not at the end goes on reading the same, and sees that more comes', async () => {
  const output = new Growing(MAX_SHOWN_BYTES + LINE_BYTES)
  const text = new OutputText()
  const before = await output.textOf(text)
  text.isHeld = true
  output.total += 2 * PART_BYTES
  const lines = await output.textOf(text)
  expect(lines.slice(0, before.length - 1)).toEqual(before.slice(0, -1))
  expect(lines.at(-2)).toBe('⋯ More comes after this line. [Show Later Part] [Go to End]')
  expect(text.follows).toBe(false)
  text.move('end')
  expectLines((await output.textOf(text)).slice(-10), output.total / LINE_BYTES - 9, output.total / LINE_BYTES - 1)
})

test('earlier and later parts follow each other without a gap', async () => {
  const output = new Growing(5 * PART_BYTES)
  const text = new OutputText()
  const end = numbered(await output.textOf(text))
  text.move('earlier')
  const earlier = numbered(await output.textOf(text))
  expect(earlier.at(-1)).toBe((end[0] ?? 0) - 1)
  expect(text.below?.text).toContain('More comes after')
  text.move('beginning')
  const beginning = numbered(await output.textOf(text))
  expect(beginning[0]).toBe(0)
  expect(text.above).toBeUndefined()
  output.taken()
  await output.textOf(text)
  expect(output.taken()).toBe(0)
  text.move('later')
  const later = numbered(await output.textOf(text))
  expect(later[0]).toBe((beginning.at(-1) ?? 0) + 1)
  for (let i = 0; i < 5; i++) {
    text.move('later')
    await output.textOf(text)
  }
  expect(text.follows).toBe(true)
})

test('an output that was begun anew is read anew', async () => {
  const output = new Growing(20 * LINE_BYTES)
  const text = new OutputText()
  await output.textOf(text)
  output.total = 10 * LINE_BYTES
  expectLines(await output.textOf(text), 0, 9)
})

test('characters and lines without an end are not cut', async () => {
  const bytes = Buffer.from('ä'.repeat(MAX_SHOWN_BYTES))
  const text = new OutputText()
  const read = async (offset: number, length: number) => bytes.subarray(offset, offset + length)
  const shown = Buffer.from(await text.text({ total: bytes.length - 1, read })).toString()
  expect(shown.split('\n')[1]).toMatch(/^ä+/)
})
