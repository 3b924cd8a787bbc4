// Commands about the queue as a whole: pause, resume, how many jobs at once. Runs in the window.
import * as vscode from 'vscode'
import { asSentence } from '../core/format'
import type { Command, CommandContext } from './commandContext'
import { readConcurrency, writeConcurrency } from './settings'
import { MAX_SLOTS } from './settingsModel'
import { optionOf } from './targets'

/** Returns whether the queue is paused now. */
export const pauseQueue: Command = context => pause(context, true)
export const resumeQueue: Command = context => pause(context, false)

async function pause({ client }: CommandContext, paused: boolean): Promise<boolean> {
  await client.service.pause({ paused })
  return paused
}

/** Takes `{ concurrency }`, or asks; changes the user's setting and returns the number, 0 for automatic. */
export const setConcurrency: Command = async (context, argument) => {
  const given = optionOf(argument, 'concurrency', 'number')
  const problem = given === undefined ? undefined : problemOf(given)
  if (problem) throw new TypeError(problem)
  const concurrency = given ?? (await ask(context))
  if (concurrency === undefined) return undefined
  await writeConcurrency(concurrency)
  return concurrency
}

function problemOf(concurrency: number): string | undefined {
  const fine = Number.isInteger(concurrency) && concurrency >= 0 && concurrency <= MAX_SLOTS
  return fine ? undefined : `Type a whole number from 0 to ${MAX_SLOTS}; 0 is the number of usable cores.`
}

async function ask({ client }: CommandContext): Promise<number | undefined> {
  await client.connect({ start: false })
  const now = client.summary && `Now ${client.summary.concurrency}. ${asSentence(client.summary.concurrencyWhy)} `
  const typed = await vscode.window.showInputBox({
    title: 'Set Concurrency',
    value: String(readConcurrency()),
    prompt: `${now ?? ''}How many jobs at once on this machine? 0 is the number of usable cores.`,
    validateInput: text => problemOf(text.trim() === '' ? Number.NaN : Number(text)),
  })
  return typed === undefined ? undefined : Number(typed)
}
