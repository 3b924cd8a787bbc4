// The named queues, below the tree: there is a line for them while there is more than `local`.
import { t } from '@vscode/l10n'
import { describeQueue, queueIcon, queuesText } from '../../core/pages/queueText'
import type { QueueInfo } from '../../core/protocol/facts'
import { quoted } from '../../core/protocol/filterText'
import { queueLabel, queueSlots, queueTooltip } from '../text/queueText'
import type { Button, RowsOf } from './foldedList'

export interface QueueActions {
  pause(queue: string, paused: boolean): void
  /** Tries at once to reach it. */
  connect(queue: string): void
  configure(): void
  /** Shows the jobs of this filter. */
  find(text: string): void
}

export function queueRows(actions: QueueActions): RowsOf<QueueInfo> {
  return {
    name: 'queue',
    label: t('Queues'),
    meaning: t('Each has its own slots, so that none waits for another.'),
    idOf: ({ name }) => encodeURIComponent(name), // an id has no blanks
    headOf: queues => ({
      words: queuesText(queues),
      button: { icon: 'settings-gear', label: t('Configure Queues'), act: () => actions.configure() },
      end: '',
    }),
    look: queue => ({
      state: queue.kind ? 'queue' : 'lost',
      icon: queueIcon(queue),
      label: queueLabel(queue),
      tooltip: queueTooltip(queue),
      name: queue.name,
      description: describeQueue(queue),
      button: buttonOf(queue, actions),
      end: queueSlots(queue),
    }),
    onKey: ({ key }, queue) => {
      if (key === ' ' && queue?.kind) actions.pause(queue.name, !queue.paused)
      return key === ' '
    },
    onOpen: ({ name }) => actions.find(`queue:${quoted(name)}`),
  }
}

function buttonOf({ kind, name, paused, problem }: QueueInfo, { connect, pause }: QueueActions): Button | undefined {
  if (!kind) return undefined
  if (problem !== undefined && !paused)
    return { icon: 'refresh', label: t('Try to Reach It Now'), act: () => connect(name) }
  return paused
    ? { icon: 'debug-start', label: t('Resume This Queue'), act: () => pause(name, false) }
    : { icon: 'debug-pause', label: t('Pause This Queue'), act: () => pause(name, true) }
}
