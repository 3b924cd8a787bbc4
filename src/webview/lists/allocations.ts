// What queues have of Slurm clusters, below the tree: allocations, whose slots run jobs. Jobs that are jobs of Slurm are in the tree.
import { t } from '@vscode/l10n'
import { allocationName } from '../../core/pages/queueText'
import type { AllocationInfo, QueueInfo } from '../../core/protocol/facts'
import { quoted } from '../../core/protocol/filterText'
import {
  allocationIcon,
  allocationLabel,
  allocationState,
  allocationsText,
  allocationTooltip,
  describeAllocation,
  type PlacedAllocation,
  usedSlots,
} from '../text/allocationText'
import { isDelete, type RowsOf } from './foldedList'

export interface AllocationActions {
  /** Asks first where jobs run in it. */
  end(queue: string, allocation: string): void
  list(): void
  /** Shows the jobs of this filter. */
  find(text: string): void
}

/** Those of a queue in the order in which they were taken, those that are asked for at its end. */
export function allocationsOf(queues: readonly QueueInfo[] = []): PlacedAllocation[] {
  return queues.flatMap(({ allocations = [], name: queue }) =>
    allocations
      .filter(({ ofJobs }) => !ofJobs)
      .toSorted((a, b) => numberOf(a) - numberOf(b))
      .map((allocation, index) => ({ queue, allocation, key: allocation.id ?? `new-${index}` })),
  )
}

function numberOf({ id }: AllocationInfo): number {
  return Number(id ?? Number.MAX_SAFE_INTEGER)
}

/** @param now by the clock of the job service, milliseconds since the epoch */
export function allocationRows({ end, find, list }: AllocationActions, now: () => number): RowsOf<PlacedAllocation> {
  const endOne = ({ queue, allocation: { id, leaving } }: PlacedAllocation) => {
    if (id !== undefined && !leaving) end(queue, id)
  }
  return {
    name: 'allocation',
    label: t('Allocations'),
    meaning: t('Parts of a Slurm cluster in which jobs run one after the other, so that none waits for Slurm.'),
    idOf: ({ queue, key }) => `${encodeURIComponent(queue)}-${key}`, // an id has no blanks
    headOf: rows => ({
      words: allocationsText(rows),
      button: { icon: 'list-unordered', label: t('Show Slurm Jobs…'), act: list },
      end: usedSlots(rows),
    }),
    look: row => ({
      state: allocationState(row.allocation),
      icon: allocationIcon(row.allocation),
      label: allocationLabel(row, now()),
      tooltip: allocationTooltip(row, now()),
      name: row.allocation.id ?? allocationName(row.allocation),
      description: describeAllocation(row, now()),
      // one that is asked for has no number yet by which it could be ended
      button:
        row.allocation.id === undefined || row.allocation.leaving
          ? undefined
          : { icon: 'debug-stop', label: t('End This Allocation'), act: () => endOne(row) },
      end: usedSlots([row]),
    }),
    onKey: (event, row) => {
      const isMeant = isDelete(event)
      if (isMeant && row) endOne(row)
      return isMeant
    },
    onOpen: ({ queue }) => find(`queue:${quoted(queue)}`),
  }
}
