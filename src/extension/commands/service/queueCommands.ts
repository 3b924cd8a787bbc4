// Commands about the queues, all of them or one: pause, resume, how many jobs at once.
import { t } from '@vscode/l10n'
import * as vscode from 'vscode'
import { describeQueue, queueIcon, slotsText } from '../../../core/pages/queueText'
import type { QueueInfo } from '../../../core/protocol/facts'
import { quoted } from '../../../core/protocol/filterText'
import { asSentence, groupDigits } from '../../../core/protocol/format'
import { concurrencyProblem } from '../../../core/protocol/settingsTable'
import {
  readConcurrency,
  readQueueSetting,
  sendSettings,
  shownQueues,
  writeConcurrency,
  writeQueueSlots,
} from '../../settings/settings'
import { mayStartJobs } from '../../settings/trust'
import type { Command, CommandContext } from '../common/commandContext'
import { optionOf } from '../common/targets'
import { offerNode } from './copyNodeCommand'

/** Of all queues together, or of one with `{ queue }`. Returns whether it is paused now. */
export const pauseQueue: Command = (context, argument) => pause(context, argument, true)
export const resumeQueue: Command = (context, argument) =>
  mayStartJobs() ? pause(context, argument, false) : undefined

async function pause({ client }: CommandContext, argument: unknown, paused: boolean): Promise<boolean> {
  const queue = optionOf(argument, 'queue', 'string')
  if (queue === undefined) await client.service.pause({ paused })
  else await client.service.pauseQueue({ queue, paused })
  return paused
}

/**
 * Takes `{ concurrency }`, or prompts for it; changes the user's setting and returns the number, 0 for automatic. With
 * `{ queue }` it is about the slots of that queue, where 0 is no limit of its own.
 */
export const setConcurrency: Command = async (context, argument) => {
  const queue = optionOf(argument, 'queue', 'string')
  const given = optionOf(argument, 'concurrency', 'number')
  const problem = given === undefined ? undefined : concurrencyProblem(given)
  if (problem) throw new TypeError(t`The concurrency cannot be ${String(given)}. ${problem}`)
  const ask = () => (queue === undefined ? promptConcurrency(context) : promptSlots(queue))
  const concurrency = given ?? (await ask())
  if (concurrency === undefined) return undefined
  if (queue === undefined) await writeConcurrency(concurrency)
  else await writeQueueSlots(queue, concurrency)
  // The setting may be unchanged while that of another editor is in effect.
  if (context.client.state === 'connected') await sendSettings(context.client, true)
  return concurrency
}

function validate(text: string): string | undefined {
  return concurrencyProblem(text.trim() === '' ? Number.NaN : Number(text))
}

async function promptConcurrency({ client }: CommandContext): Promise<number | undefined> {
  await client.connect({ start: false })
  const { summary } = client
  const now = summary ? `${t`Now ${groupDigits(summary.concurrency)}.`} ${asSentence(summary.concurrencyWhy)} ` : ''
  const typed = await vscode.window.showInputBox({
    title: t('Set Concurrency'),
    value: String(readConcurrency()),
    prompt: now + t('How many jobs at once on this machine? 0 is the number of usable cores.'),
    validateInput: validate,
  })
  return typed === undefined ? undefined : Number(typed)
}

async function promptSlots(queue: string): Promise<number | undefined> {
  const typed = await vscode.window.showInputBox({
    title: t`Slots of ${queue}`,
    value: String(readQueueSetting()[queue]?.slots ?? 0),
    prompt: t('How many slots may the jobs of this queue take together? 0 is no limit of its own.'),
    validateInput: validate,
  })
  return typed === undefined ? undefined : Number(typed)
}

interface Item extends vscode.QuickPickItem {
  run(): unknown
}

async function choose(title: string, items: readonly Item[]): Promise<void> {
  const chosen = await vscode.window.showQuickPick(items, { title, matchOnDescription: true })
  await chosen?.run()
}

/** Lists the queues, and what can be done to each. */
export const showQueues: Command = async context => {
  await context.client.connect({ start: false })
  const queues = shownQueues(context.client)
  await choose(t('Queues'), [
    ...queues.map(queue => ({
      label: `$(${queueIcon(queue)}) ${queue.name}`,
      description: [describeQueue(queue), slotsText(queue)].filter(Boolean).join(', '),
      run: () => showQueue(context, queue),
    })),
    {
      label: `$(settings-gear) ${t('Configure Queues…')}`,
      description: queues.length === 0 ? t('there is none but “local” yet') : '',
      run: configureQueues,
    },
  ])
}

function showQueue(context: CommandContext, { kind, lacksNode, name, paused, problem }: QueueInfo): Promise<void> {
  const argument = { queue: name }
  const showJobs = {
    label: `$(filter) ${t('Show Its Jobs')}`,
    run: () => vscode.commands.executeCommand('headlessJobs.find', { text: `queue:${quoted(name)}` }),
  }
  if (!kind)
    return choose(name, [showJobs, { label: `$(settings-gear) ${t('Configure Queues…')}`, run: configureQueues }])
  const connect = () => context.client.service.connectQueue({ queue: name })
  return choose(name, [
    ...(problem === undefined
      ? []
      : [{ label: `$(refresh) ${t('Try to Reach It Now')}`, description: problem, run: connect }]),
    ...(lacksNode
      ? [{ label: `$(cloud-upload) ${t('Copy Node.js There…')}`, run: () => offerNode(context, name) }]
      : []),
    paused
      ? { label: `$(debug-start) ${t('Resume This Queue')}`, run: () => resumeQueue(context, argument) }
      : { label: `$(debug-pause) ${t('Pause This Queue')}`, run: () => pauseQueue(context, argument) },
    {
      label: `$(beaker) ${t('Test It')}`,
      run: () => vscode.commands.executeCommand('headlessJobs.testQueue', argument),
    },
    ...(kind === 'slurm'
      ? [
          {
            label: `$(server) ${t('Show Its Slurm Jobs…')}`,
            run: () => vscode.commands.executeCommand('headlessJobs.showSlurmJobs', argument),
          },
        ]
      : []),
    { label: `$(dashboard) ${t('Set Slots…')}`, run: () => setConcurrency(context, argument) },
    showJobs,
  ])
}

export function configureQueues(): unknown {
  return vscode.commands.executeCommand('workbench.action.openSettings', '@id:headlessJobs.queues')
}
