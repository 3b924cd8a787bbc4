// The texts of the rows of warm workers.
import { describe, expect, it } from 'vitest'
import type { WorkerInfo } from '../../../src/core/protocol/facts'
import {
  describeWorker,
  workerIcon,
  workerLabel,
  workerMemory,
  workerTooltip,
} from '../../../src/webview/text/workerText'

const states: readonly WorkerInfo['state'][] = ['starting', 'idle', 'busy', 'stopping']

function worker(more: Partial<WorkerInfo> = {}): WorkerInfo {
  return {
    id: 'w1',
    name: 'segment.py',
    state: 'idle',
    command: ['python3', 'segment.py', '--model', 'unet v2'],
    served: 0,
    ...more,
  }
}

describe('a worker', () => {
  it.each<[Partial<WorkerInfo>, string]>([
    [{ state: 'starting' }, 'starting'],
    [{ state: 'starting', pid: 42 }, 'starting, pid 42'],
    [{ served: 37, pid: 42 }, 'idle, 37 done, pid 42'],
    [{ state: 'busy', served: 20_012 }, 'busy, 20,012 done'],
  ])('with %j is described as “%s”', (more, words) => {
    expect(describeWorker(worker(more))).toBe(words)
  })

  it('shows its memory when that is known', () => {
    expect(workerMemory(worker({ memoryBytes: 182 * 1024 * 1024 }))).toBe('182 MB')
    expect(workerMemory(worker())).toBe('')
  })

  it('looks different in each state', () => {
    expect(new Set(states.map(workerIcon)).size).toBe(states.length)
  })
})

describe('for a screen reader', () => {
  it('a worker is named by what stays the same while it works', () => {
    const sentence = 'segment.py, worker, busy'
    expect(workerLabel(worker({ state: 'busy', served: 3, memoryBytes: 1 }))).toBe(sentence)
    expect(workerLabel(worker({ state: 'busy', served: 4, memoryBytes: 2 }))).toBe(sentence)
    expect(workerLabel(worker({ owner: 'lab.viewer' }))).toBe('segment.py, worker, idle, of lab.viewer')
  })
})

describe('the tooltip', () => {
  it('has all that is known, and nothing that is not', () => {
    const text = workerTooltip(worker({ served: 1, pid: 42, memoryBytes: 2048 }))
    expect(text).toMatch(/^segment\.py\nState: idle\nServed: 1 job\n/)
    expect(text).toContain("Command: python3 segment.py --model 'unet v2'")
    expect(text).toContain('Process: 42\nMemory: 2 KB')
    expect(text).not.toMatch(/Started|undefined/)
  })

  it('names whom it is kept for', () => {
    expect(workerTooltip(worker())).toContain('Kept for: jobs with the same command')
    const held = workerTooltip(worker({ owner: 'lab.viewer', served: 12_000 }))
    expect(held).toContain('Served: 12,000 requests\nKept for: requests of lab.viewer')
  })
})
