// The buffers that outputs are read into are used again, but never while a chunk of them is in use.
import { expect, test } from 'vitest'
import { ProgressText } from '../../../src/run/output/progressText'
import { acquireBuffer, chunkIn, releaseChunk } from '../../../src/run/process/readBuffers'

const LARGE_BYTES = 64 * 1024

function read(bytes: number, fill: string): Buffer {
  const buffer = acquireBuffer()
  buffer.fill(fill)
  return chunkIn(buffer, bytes)
}

test('a large chunk keeps its memory until it is given back, which is then used again', () => {
  const first = read(LARGE_BYTES, 'a')
  const second = read(LARGE_BYTES, 'b')
  expect(first.every(byte => byte === 97)).toBe(true)
  releaseChunk(first)
  const third = read(LARGE_BYTES, 'c')
  expect(third.buffer).toBe(first.buffer)
  expect(second.every(byte => byte === 98)).toBe(true)
})

test('a chunk is given back once, and a part of one not at all', () => {
  const chunk = read(LARGE_BYTES, 'a')
  releaseChunk(chunk.subarray(0, 20_000))
  const others = Array.from({ length: 40 }, () => read(LARGE_BYTES, 'b'))
  expect(others.some(({ buffer }) => buffer === chunk.buffer)).toBe(false)
  releaseChunk(chunk)
  releaseChunk(chunk)
  const [third, fourth] = [read(LARGE_BYTES, 'c'), read(LARGE_BYTES, 'd')]
  expect(third.buffer).not.toBe(fourth.buffer)
})

test('a few bytes do not hold a whole buffer', () => {
  const buffer = acquireBuffer()
  buffer.fill('a')
  const chunk = chunkIn(buffer, 10)
  expect(acquireBuffer()).toBe(buffer)
  buffer.fill('b')
  expect(chunk.toString()).toBe('aaaaaaaaaa')
})

test('an announcement that began in a large chunk is read whole, whatever has become of its memory', () => {
  const progress = new ProgressText()
  const chunk = Buffer.from(`${'x'.repeat(20_000)}<filter-progress>0.2`)
  progress.stdout(chunk)
  chunk.fill('y')
  progress.stdout(Buffer.from('5</filter-progress>'))
  expect(progress.latest).toEqual({ fraction: 0.25 })
})
