// The question in which queue jobs wait, asked while there is more than one.
import { t } from '@vscode/l10n'
import type * as vscode from 'vscode'
import { LOCAL_QUEUE } from '../../../core/jobs/queueConfig'
import { describeQueue, queueIcon, slotsText } from '../../../core/pages/queueText'
import type { QueueInfo } from '../../../core/protocol/facts'
import type { Step } from '../../quickInput/multiStep'

/** The queues by name, and what the job service says of them while it runs. */
export interface QueueChoices {
  readonly names: readonly string[]
  readonly infos: readonly QueueInfo[] | undefined
}

interface QueueItem extends vscode.QuickPickItem {
  queue: string
}

export function queueStep({ names, infos }: QueueChoices): Step<{ queue: string }> {
  const items: QueueItem[] = names.map(queue => {
    const info = infos?.find(({ name }) => name === queue)
    const description = info ? [describeQueue(info), slotsText(info)].filter(Boolean).join(', ') : ''
    return { queue, label: `$(${info ? queueIcon(info) : 'list-ordered'}) ${queue}`, description }
  })
  return {
    when: () => names.length > 1,
    async run(ui, answers) {
      const active = items.find(({ queue }) => queue === answers.queue)
      answers.queue = (await ui.pick({ items, placeholder: t('In which queue?'), active })).queue
    },
  }
}

/** As a spec has it. */
export function queueOf({ queue }: { queue: string }): { queue?: string } {
  return queue === LOCAL_QUEUE ? {} : { queue }
}
