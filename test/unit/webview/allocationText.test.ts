// What the rows of allocations say.
import { describe, expect, it } from 'vitest'
import type { AllocationInfo, QueueInfo } from '../../../src/core/protocol/facts'
import { allocationsOf } from '../../../src/webview/lists/allocations'
import {
  allocationIcon,
  allocationLabel,
  allocationsText,
  allocationTooltip,
  describeAllocation,
  usedSlots,
} from '../../../src/webview/text/allocationText'

const MINUTE_MS = 60_000
const now = Date.UTC(2026, 10, 28, 12)
const running: AllocationInfo = {
  id: '12',
  state: 'RUNNING',
  node: 'node3',
  slots: 4,
  used: 3,
  endsAt: now + 12 * MINUTE_MS,
}
const idle: AllocationInfo = { ...running, id: '13', used: 0 }
const waiting: AllocationInfo = { id: '14', state: 'PENDING', reason: 'Priority', slots: 0, used: 0 }
const asked: AllocationInfo = { state: 'REQUESTED', slots: 0, used: 0 }
const leaving: AllocationInfo = { ...idle, id: '15', slots: 0, used: 1, leaving: true }
const ofJobs: AllocationInfo = { id: '99', ofJobs: true, state: 'RUNNING', slots: 1000, used: 4 }

function queue(name: string, ...allocations: AllocationInfo[]): QueueInfo {
  return { name, kind: 'slurm', used: 0, running: 0, queued: 0, allocations }
}

describe('allocations', () => {
  it('are those of all queues, without jobs that are jobs of Slurm, each with a key of its own', () => {
    const rows = allocationsOf([
      queue('a', idle, asked, ofJobs, running, asked),
      queue('b', waiting),
      { ...queue('c') },
    ])
    expect(rows.map(({ queue, allocation }) => [queue, allocation.id])).toEqual([
      ['a', '12'],
      ['a', '13'],
      ['a', undefined],
      ['a', undefined],
      ['b', '14'],
    ])
    expect(new Set(rows.map(({ queue, key }) => `${queue} ${key}`)).size).toBe(rows.length)
    expect(allocationsOf(undefined)).toEqual([])
  })

  it('are counted, those that wait besides, with the slots of all', () => {
    const rows = allocationsOf([queue('a', running, idle, waiting)])
    expect(allocationsText(rows)).toBe('3 allocations, 1 waiting')
    expect(allocationsText(rows.slice(0, 1))).toBe('1 allocation')
    expect(usedSlots(rows)).toBe('3/8')
    expect(usedSlots(rows.slice(2))).toBe('')
  })
})

describe('the row of an allocation', () => {
  const row = (allocation: AllocationInfo) => ({ queue: 'cluster', allocation, key: 'k' })

  it.each([
    [running, 'on node3, 12m left, cluster', 'circle-large-filled'],
    [idle, 'on node3, 12m left, cluster', 'circle-large-outline'],
    [waiting, 'waiting: Priority, cluster', 'history'],
    [asked, 'waiting, cluster', 'history'],
    [leaving, 'is given back, cluster', 'stop-circle'],
  ])('says what it does: %j', (allocation, text, icon) => {
    expect(describeAllocation(row(allocation), now)).toBe(text)
    expect(allocationIcon(allocation)).toBe(icon)
  })

  it('says all of that to a screen reader, which has no icon', () => {
    expect(allocationLabel(row(running), now)).toBe('Allocation 12, running on node3, 12m left, cluster')
    expect(allocationLabel(row(asked), now)).toBe('Asked for, waiting, cluster')
  })

  it('has all facts in its tooltip, and none that is not known', () => {
    const lines = allocationTooltip(row(running), now).split('\n')
    expect(lines.slice(0, 4)).toEqual([
      'Allocation 12',
      'State: running on node3',
      'Queue: cluster',
      'Slots: 3 of 4 slots in use',
    ])
    expect(lines[4]).toMatch(/^Ends: .*, 12m left$/)
    expect(allocationTooltip(row(asked), now)).toBe('Asked for\nState: waiting\nQueue: cluster')
  })
})
