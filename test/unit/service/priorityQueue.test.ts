import { describe, expect, it } from 'vitest'
import { PriorityQueue, type QueueEntry } from '../../../src/service/jobs/priorityQueue'

const entry = (seq: number, priority = 0): QueueEntry => ({
  seq,
  priority,
  cores: 1,
  groups: [],
  elsewhere: false,
  pool: 0,
})

function drain(queue: PriorityQueue): number[] {
  const order: number[] = []
  for (let next = queue.shift(); next; next = queue.shift()) order.push(next.seq)
  return order
}

describe('the priority queue', () => {
  it('is first in, first out among equals', () => {
    const queue = new PriorityQueue()
    for (const seq of [1, 2, 3, 4, 5]) queue.add(entry(seq))
    expect(drain(queue)).toEqual([1, 2, 3, 4, 5])
  })

  it('puts a higher priority first, and an entry that comes back at its old place', () => {
    const queue = new PriorityQueue()
    queue.add(entry(3))
    queue.add(entry(4, 2))
    queue.add(entry(5, -1))
    queue.add(entry(1))
    expect(queue.first?.seq).toBe(4)
    expect(drain(queue)).toEqual([4, 1, 3, 5])
  })

  it('keeps the order over many entries put in and taken out at random', () => {
    const queue = new PriorityQueue()
    let random = 12345
    const next = () => (random = (random * 1103515245 + 12345) % 2147483648)
    const waiting: QueueEntry[] = []
    for (let seq = 1; seq <= 5000; seq++) {
      const added = entry(seq, next() % 4)
      queue.add(added)
      waiting.push(added)
      if (next() % 3 === 0) {
        waiting.sort((a, b) => b.priority - a.priority || a.seq - b.seq)
        expect(queue.shift()).toBe(waiting.shift())
      }
    }
    waiting.sort((a, b) => b.priority - a.priority || a.seq - b.seq)
    expect(drain(queue)).toEqual(waiting.map(({ seq }) => seq))
    expect(queue.size).toBe(0)
    expect(queue.shift()).toBeUndefined()
  })

  it('leaves out what was removed, wherever it stands', () => {
    const queue = new PriorityQueue()
    for (const seq of [1, 2, 3, 4]) queue.add(entry(seq))
    queue.remove(1)
    queue.remove(3)
    queue.remove(7)
    expect(queue.size).toBe(2)
    expect([queue.has(1), queue.has(2)]).toEqual([false, true])
    expect(queue.first?.seq).toBe(2)
    expect(drain(queue)).toEqual([2, 4])
  })

  it('has an entry at the place of its new priority, however often that changes', () => {
    const queue = new PriorityQueue()
    for (const seq of [1, 2, 3, 4]) queue.add(entry(seq))
    queue.setPriority(3, 1)
    queue.setPriority(1, -1)
    queue.setPriority(9, 5)
    expect([queue.size, queue.first?.seq]).toEqual([4, 3])
    for (let turn = 0; turn < 5000; turn++) queue.setPriority(4, turn % 7)
    queue.setPriority(4, 2)
    queue.setPriority(3, 0)
    expect(drain(queue)).toEqual([4, 2, 3, 1])
    expect(queue.first).toBeUndefined()
  })

  it('is empty when all was removed, and may be filled again', () => {
    const queue = new PriorityQueue()
    for (const seq of [1, 2]) queue.add(entry(seq))
    for (const seq of [2, 1]) queue.remove(seq)
    expect(queue.first).toBeUndefined()
    queue.add(entry(3))
    expect(drain(queue)).toEqual([3])
  })
})
