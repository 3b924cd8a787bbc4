// The allocations that queues have on a Slurm cluster: a list, from which one is ended.
import { t } from '@vscode/l10n'
import * as vscode from 'vscode'
import { allocationText, slotsText } from '../../../core/pages/queueText'
import type { AllocationInfo } from '../../../core/protocol/facts'
import { leftText, plural } from '../../../core/protocol/format'
import { showModal } from '../../quickInput/modal'
import type { Command, CommandContext } from '../common/commandContext'
import { optionOf } from '../common/targets'

/** Of all queues, or of one with `{ queue }`. */
export const showSlurmJobs: Command = async (context, argument) => {
  const { client } = context
  await client.connect({ start: false })
  const name = optionOf(argument, 'queue', 'string')
  const queues = (client.summary?.queues ?? []).filter(queue => name === undefined || queue.name === name)
  const items = queues.flatMap(({ allocations = [], name: queue }) =>
    // one that is asked for has no number yet by which it could be ended
    allocations.flatMap(({ id, ...rest }) => (id === undefined ? [] : [itemOf(queue, id, rest)])),
  )
  if (items.length === 0) {
    void vscode.window.showInformationMessage(t('There are no allocations: they are taken while jobs wait.'))
    return
  }
  const title = t('Slurm Jobs of Headless Jobs')
  const chosen = await vscode.window.showQuickPick(items, { title, placeHolder: t('End which one?') })
  if (chosen) await end(context, chosen)
}

interface Item extends vscode.QuickPickItem {
  readonly queue: string
  readonly id: string
  readonly used: number
}

function itemOf(queue: string, id: string, allocation: AllocationInfo): Item {
  const { endsAt, slots, used } = allocation
  const facts = [
    queue,
    allocationText(allocation),
    ...(slots > 0 ? [slotsText(allocation)] : []),
    ...(endsAt === undefined ? [] : [leftText(endsAt - Date.now())]),
  ]
  return { label: `$(server) ${t`Allocation ${id}`}`, description: facts.join(', '), queue, id, used }
}

async function end({ client }: CommandContext, { queue, id, used }: Item): Promise<void> {
  const stop = t('End It')
  const runs = plural(used, t('A job that runs in it is lost.'), t`What runs in its ${used} slots is lost.`)
  const detail = t('Jobs that may run again are queued again.')
  if (used > 0 && (await showModal(t`End the allocation ${id}?`, `${runs} ${detail}`, t('Keep It'), stop)) !== stop)
    return
  await client.service.endAllocation({ queue, allocation: id })
}
