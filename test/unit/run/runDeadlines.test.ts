import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type Deadline, now, pause, unwatch, watch } from '../../../src/run/base/deadlines'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

function deadline(after: number, calls: string[], name: string): Deadline {
  return {
    dueAt: now() + after,
    onDue() {
      this.dueAt = Number.POSITIVE_INFINITY
      calls.push(name)
    },
  }
}

test('what becomes due is called, earliest first, on one timer', async () => {
  const calls: string[] = []
  const all = [deadline(300, calls, 'c'), deadline(100, calls, 'a'), deadline(200, calls, 'b')]
  for (const each of all) watch(each)
  expect(vi.getTimerCount()).toBe(1)
  await vi.advanceTimersByTimeAsync(250)
  expect(calls).toEqual(['a', 'b'])
  await vi.advanceTimersByTimeAsync(1000)
  expect(calls).toEqual(['a', 'b', 'c'])
  expect(vi.getTimerCount()).toBe(0)
  for (const each of all) unwatch(each)
})

test('what is no longer watched is not called, and what is due earlier than before is', async () => {
  const calls: string[] = []
  const gone = deadline(100, calls, 'gone')
  const moved = deadline(10_000, calls, 'moved')
  watch(gone)
  watch(moved)
  unwatch(gone)
  moved.dueAt = now() + 50
  watch(moved)
  await vi.advanceTimersByTimeAsync(200)
  expect(calls).toEqual(['moved'])
  unwatch(moved)
})

test('a pause ends by itself or early', async () => {
  let ended = 0
  void pause(100).done.then(() => ended++)
  const second = pause(100_000)
  void second.done.then(() => ended++)
  await vi.advanceTimersByTimeAsync(150)
  expect(ended).toBe(1)
  second.wake()
  await vi.advanceTimersByTimeAsync(0)
  expect(ended).toBe(2)
})
