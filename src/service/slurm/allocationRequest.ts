// Asks Slurm for an allocation, and says how many a queue needs.
import type { SlurmQueueConfig } from '../../core/jobs/queueConfig'
import type { Allocation, AllocationQueue } from './allocation'
import { sbatchWords } from './slurmCommands'
import { submitScript } from './slurmShell'

/**
 * @param name of its job
 * @returns the id of its job
 * @throws LaunchError with a sentence
 */
export async function requestAllocation(name: string, queue: AllocationQueue): Promise<string> {
  const { config, keepSeconds, key, program, via } = queue
  const { loginShell, node, setup } = config
  const script = program().heldScript({ seconds: keepSeconds, key, loginShell, node, setup })
  return submitScript(sbatchWords(name, config), via(), script)
}

/**
 * @param open allocations that take jobs, or will
 * @param queued slots of the jobs that wait
 */
export function countLacking(open: readonly Allocation[], queued: number, { slots }: SlurmQueueConfig): number {
  const each = typeof slots === 'number' ? slots : Math.max(1, ...open.map(allocation => allocation.slots))
  const expected = ({ free, isSuspended, slots }: Allocation) =>
    slots > 0 ? Math.max(0, free) : isSuspended ? 0 : each
  const free = open.reduce((sum, allocation) => sum + expected(allocation), 0)
  return Math.max(0, Math.ceil((queued - free) / each))
}
