// What is said of a queue and of what it has of a Slurm cluster.
import { describe, expect, it } from 'vitest'
import { describeQueue } from '../../../src/core/pages/queueText'
import type { AllocationInfo, QueueInfo } from '../../../src/core/protocol/facts'
import { queueLabel, queueTooltip } from '../../../src/webview/text/queueText'

function queue(...allocations: AllocationInfo[]): QueueInfo {
  return { name: 'q', kind: 'slurm', used: 0, running: 0, queued: 5, allocations }
}

function jobs(more: Partial<AllocationInfo>): AllocationInfo {
  return { id: '4711', ofJobs: true, state: 'PENDING', slots: 5, used: 0, ...more }
}

const asked: AllocationInfo = { state: 'REQUESTED', slots: 0, used: 0 }

describe('a queue of Slurm', () => {
  it('that takes allocations waits for one while it has no slots', () => {
    expect(describeQueue(queue({ ...asked, state: 'PENDING', reason: 'Resources' }))).toBe(
      '5 queued, waits for Slurm (Resources)',
    )
    expect(describeQueue(queue(asked))).toBe('5 queued, waits for Slurm')
    expect(describeQueue({ ...queue(asked), slots: 2 })).toBe('5 queued')
  })

  it('whose jobs are those of Slurm says how many of them wait there, and why, also while others run', () => {
    const slots = 900
    const all = jobs({ reason: 'Priority' })
    expect(describeQueue({ ...queue(all), slots })).toBe('5 wait in Slurm (Priority)')
    const some = { ...queue(jobs({ used: 4, state: 'RUNNING' }), all), running: 4, queued: 9, slots }
    expect(describeQueue(some)).toBe('4 running, 6 wait in Slurm (Priority), 3 queued')
    expect(queueLabel(some)).toContain('6 wait in Slurm (Priority)')
    expect(describeQueue({ ...queue(jobs({ slots: 1 })), slots })).toBe('1 waits in Slurm, 4 queued')
    expect(describeQueue({ ...queue(jobs({ used: 5 })), slots })).toBe('5 queued')
  })

  it('does not say that jobs wait in Slurm which it has not been given yet, or when nobody knows', () => {
    const { id: _, ...asked } = jobs({ state: 'REQUESTED' })
    expect(describeQueue({ ...queue(asked), slots: 900 })).toBe('5 queued')
    expect(describeQueue({ ...queue(jobs({})), problem: 'It does not answer.' })).toBe('cannot be reached, 5 queued')
  })
})

describe('the tooltip of a queue', () => {
  it('has a line for each allocation and each array', () => {
    const { id: _, ...asked } = jobs({ state: 'REQUESTED' })
    const running: AllocationInfo = { id: '12', state: 'RUNNING', node: 'node3', slots: 2, used: 1 }
    const lines = queueTooltip(queue(running, jobs({ slots: 1000, used: 3, reason: 'Priority' }), asked)).split('\n')
    expect(lines).toContain('Allocation 12: running on node3, 1 of 2 slots in use')
    expect(lines).toContain('Jobs 4711: 3 run, 997 wait (Priority)')
    expect(lines).toContain('Asked for: 5 wait')
  })

  it('has no more lines than can be read', () => {
    const many = Array.from({ length: 200 }, (_, i) => jobs({ id: String(i) }))
    const lines = queueTooltip(queue(...many)).split('\n')
    expect(lines.filter(line => line.startsWith('Jobs '))).toHaveLength(10)
    expect(lines.at(-1)).toBe('Not shown: 190 more')
  })
})
