// Commands about the queue as a whole: pause, resume, how many jobs at once.
import { t } from '@vscode/l10n'
import * as vscode from 'vscode'
import { asSentence, groupDigits } from '../../../core/protocol/format'
import { concurrencyProblem } from '../../../core/protocol/settingsTable'
import { readConcurrency, sendSettings, writeConcurrency } from '../../settings/settings'
import { mayStartJobs } from '../../settings/trust'
import type { Command, CommandContext } from '../common/commandContext'
import { optionOf } from '../common/targets'

/** Returns whether the queue is paused now. */
export const pauseQueue: Command = context => pause(context, true)
export const resumeQueue: Command = context => (mayStartJobs() ? pause(context, false) : undefined)

async function pause({ client }: CommandContext, paused: boolean): Promise<boolean> {
  await client.service.pause({ paused })
  return paused
}

/** Takes `{ concurrency }`, or prompts for it; changes the user's setting and returns the number, 0 for automatic. */
export const setConcurrency: Command = async (context, argument) => {
  const given = optionOf(argument, 'concurrency', 'number')
  const problem = given === undefined ? undefined : concurrencyProblem(given)
  if (problem) throw new TypeError(t`The concurrency cannot be ${String(given)}. ${problem}`)
  const concurrency = given ?? (await promptConcurrency(context))
  if (concurrency === undefined) return undefined
  await writeConcurrency(concurrency)
  // The setting may be unchanged while that of another editor is in effect.
  if (context.client.state === 'connected') await sendSettings(context.client, true)
  return concurrency
}

async function promptConcurrency({ client }: CommandContext): Promise<number | undefined> {
  await client.connect({ start: false })
  const { summary } = client
  const now = summary ? `${t`Now ${groupDigits(summary.concurrency)}.`} ${asSentence(summary.concurrencyWhy)} ` : ''
  const typed = await vscode.window.showInputBox({
    title: t('Set Concurrency'),
    value: String(readConcurrency()),
    prompt: now + t('How many jobs at once on this machine? 0 is the number of usable cores.'),
    validateInput: text => concurrencyProblem(text.trim() === '' ? Number.NaN : Number(text)),
  })
  return typed === undefined ? undefined : Number(typed)
}
