// Files that jobs leave elsewhere: gone when their end is on disk, and before another attempt begins.
import { expect, it, vi } from 'vitest'
import { LeftFiles, onceStored } from '../../../src/service/files/leftFiles'

it('what an attempt has left goes before the next one begins, and not with what that one leaves', async () => {
  const removed: string[] = []
  const gone = Promise.withResolvers<void>()
  const left = new LeftFiles(path => {
    removed.push(path)
    return gone.promise
  })
  const first = left.begin('job')
  first.add('job.in', 'job')
  first.add('job')
  let isClear = false
  const clear = left.clear('job').then(() => {
    isClear = true
  })
  void first.remove() // its end is on disk at the same time
  await Promise.resolve()
  expect([removed, isClear]).toEqual([['job.in', 'job'], false])
  gone.resolve()
  await clear
  const second = left.begin('job')
  second.add('job')
  await first.remove()
  expect(removed).toEqual(['job.in', 'job'])
  await left.clear('job')
  expect(removed).toEqual(['job.in', 'job', 'job'])
  await left.clear('job')
  await left.clear('another')
  expect(removed.length).toBe(3)
})

it('what is kept goes only before another attempt', async () => {
  const removed: string[] = []
  const left = new LeftFiles(async path => removed.push(path))
  const first = left.begin('job')
  first.add('job', 'job.out')
  first.keep('job.out')
  await first.remove()
  expect(removed).toEqual(['job'])
  await left.clear('job')
  expect(removed).toEqual(['job', 'job.out'])
  await left.clear('job')
  expect(removed.length).toBe(2)
})

it('nothing goes while the disk is full', () => {
  vi.useFakeTimers()
  try {
    let isStored = false
    const then = vi.fn()
    onceStored(() => isStored, then)
    vi.advanceTimersByTime(10_000)
    expect(then).not.toHaveBeenCalled()
    isStored = true
    vi.advanceTimersByTime(2_000)
    expect(then).toHaveBeenCalledOnce()
  } finally {
    vi.useRealTimers()
  }
})
