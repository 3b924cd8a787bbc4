// What queues have of a Slurm cluster, allocations and arrays of jobs: a list, from which one is ended.
import { t } from '@vscode/l10n'
import * as vscode from 'vscode'
import type { AllocationInfo } from '../../../core/protocol/facts'
import { showModal } from '../../quickInput/modal'
import type { Command, CommandContext } from '../common/commandContext'
import { optionOf } from '../common/targets'
import { describeAllocation, endQuestion } from './allocationModel'

/** Of all queues, or of one with `{ queue }`; with `{ queue, allocation }` that one is ended, without the list. */
export const showSlurmJobs: Command = async (context, argument) => {
  const { client } = context
  await client.connect({ start: false })
  const name = optionOf(argument, 'queue', 'string')
  const queues = (client.summary?.queues ?? []).filter(queue => name === undefined || queue.name === name)
  const items = queues.flatMap(({ allocations = [], name: queue }) =>
    // one that is asked for has no number yet by which it could be ended
    allocations.flatMap(allocation => (allocation.id === undefined ? [] : [itemOf(queue, allocation)])),
  )
  const allocation = optionOf(argument, 'allocation', 'string')
  if (allocation !== undefined) {
    const chosen = items.find(item => item.allocation.id === allocation)
    if (chosen) await end(context, chosen) // else it has ended meanwhile
    return
  }
  if (items.length === 0) {
    void vscode.window.showInformationMessage(
      t('Slurm has nothing of these queues: allocations are taken, and jobs given to it, while jobs wait.'),
    )
    return
  }
  const title = t('Slurm Jobs of Headless Jobs')
  const chosen = await vscode.window.showQuickPick(items, { title, placeHolder: t('End which one?') })
  if (chosen) await end(context, chosen)
}

interface Item extends vscode.QuickPickItem {
  readonly queue: string
  readonly allocation: AllocationInfo
}

function itemOf(queue: string, allocation: AllocationInfo): Item {
  return { ...describeAllocation(queue, allocation, Date.now()), queue, allocation }
}

async function end({ client }: CommandContext, { queue, allocation }: Item): Promise<void> {
  const question = endQuestion(allocation)
  if (question) {
    const { actions, close, detail, message } = question
    if ((await showModal(message, detail, close, ...actions)) === undefined) return
  }
  await client.service.endAllocation({ queue, allocation: allocation.id ?? '' })
}
