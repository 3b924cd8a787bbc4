// What is listed of what a queue has of a Slurm cluster, and what is asked before it is ended.
import { describe, expect, it } from 'vitest'
import type { AllocationInfo } from '../../../src/core/protocol/facts'
import { describeAllocation, endQuestion } from '../../../src/extension/commands/service/allocationModel'

const jobs: AllocationInfo = {
  id: '4711',
  ofJobs: true,
  state: 'RUNNING',
  reason: 'Priority',
  slots: 1000,
  used: 3,
}
const allocation: AllocationInfo = { id: '12', state: 'RUNNING', node: 'node3', slots: 2, used: 1, endsAt: 600_000 }

describe('jobs of Slurm', () => {
  it('are listed by their number, with how many run and wait, and why', () => {
    expect(describeAllocation('q', jobs, 0)).toEqual({
      label: '$(server) Jobs 4711',
      description: 'q, 3 run, 997 wait (Priority)',
    })
    const one = { ...jobs, slots: 1, used: 1 }
    expect(describeAllocation('q', one, 0).description).toBe('q, 1 runs')
  })

  it('are cancelled after a question alone, whether they run or wait', () => {
    expect(endQuestion({ ...jobs, used: 0 })).toEqual({
      message: 'Cancel the jobs 4711 of Slurm?',
      detail: 'Your jobs in it are cancelled: 1,000 wait (Priority).',
      close: 'Keep Them',
      actions: ['Cancel 1,000 Jobs'],
    })
    expect(endQuestion({ ...jobs, slots: 1, used: 1 })).toEqual({
      message: 'Cancel the job 4711 of Slurm?',
      detail: 'Your job in it is cancelled: 1 runs.',
      close: 'Keep It',
      actions: ['Cancel 1 Job'],
    })
  })
})

describe('an allocation', () => {
  it('is listed with its node, its slots and the time that it has', () => {
    expect(describeAllocation('q', allocation, 0)).toEqual({
      label: '$(server) Allocation 12',
      description: 'q, running on node3, 1 of 2 slots in use, 10m left',
    })
  })

  it('is ended without a question when nothing runs in it', () => {
    expect(endQuestion(allocation)?.detail).toBe(
      'A job that runs in it is lost. Jobs that may run again are queued again.',
    )
    expect(endQuestion({ ...allocation, used: 0 })).toBeUndefined()
  })
})
