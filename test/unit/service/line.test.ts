import { describe, expect, it } from 'vitest'
import { Line, type LineEntry } from '../../../src/service/jobs/line'

const entry = (seq: number, priority = 0): LineEntry => ({ seq, priority, cores: 1, batch: 0, pool: 0 })

function drain(line: Line): number[] {
  const order: number[] = []
  for (let next = line.take(); next; next = line.take()) order.push(next.seq)
  return order
}

describe('the line', () => {
  it('is first in, first out among equals', () => {
    const line = new Line()
    for (const seq of [1, 2, 3, 4, 5]) line.add(entry(seq))
    expect(drain(line)).toEqual([1, 2, 3, 4, 5])
  })

  it('puts a higher priority first, and an entry that comes back at its old place', () => {
    const line = new Line()
    line.add(entry(3))
    line.add(entry(4, 2))
    line.add(entry(5, -1))
    line.add(entry(1))
    expect(line.first?.seq).toBe(4)
    expect(drain(line)).toEqual([4, 1, 3, 5])
  })

  it('keeps the order over many entries put in and taken out at random', () => {
    const line = new Line()
    let random = 12345
    const next = () => (random = (random * 1103515245 + 12345) % 2147483648)
    const waiting: LineEntry[] = []
    for (let seq = 1; seq <= 5000; seq++) {
      const added = entry(seq, next() % 4)
      line.add(added)
      waiting.push(added)
      if (next() % 3 === 0) {
        waiting.sort((a, b) => b.priority - a.priority || a.seq - b.seq)
        expect(line.take()).toBe(waiting.shift())
      }
    }
    waiting.sort((a, b) => b.priority - a.priority || a.seq - b.seq)
    expect(drain(line)).toEqual(waiting.map(({ seq }) => seq))
    expect(line.length).toBe(0)
    expect(line.take()).toBeUndefined()
  })
})
