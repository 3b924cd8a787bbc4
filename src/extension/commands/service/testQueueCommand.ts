// “Test Queue…”: tries a queue, and shows what works as a list of checks.
import { t } from '@vscode/l10n'
import * as vscode from 'vscode'
import { queueNames } from '../../../core/jobs/queueConfig'
import { readQueueSetting } from '../../settings/settings'
import { mayStartJobs } from '../../settings/trust'
import type { Command, CommandContext } from '../common/commandContext'
import { optionOf } from '../common/targets'
import { offerNode } from './copyNodeCommand'
import { infoOf, outcomeOf, queueChecks } from './queueChecks'

/** Takes `{ queue }`, or asks. Returns whether all of it works. */
export const testQueue: Command = async (context, argument) => {
  if (!mayStartJobs()) return undefined
  const names = queueNames(readQueueSetting())
  const queue = optionOf(argument, 'queue', 'string') ?? (await chooseQueue(names))
  if (queue === undefined) return undefined
  if (!names.includes(queue)) throw new Error(t`There is no queue “${queue}”.`)
  return test(context, queue)
}

async function chooseQueue(names: readonly string[]): Promise<string | undefined> {
  return names.length === 1 ? names[0] : vscode.window.showQuickPick(names, { title: t('Test Queue') })
}

async function test(context: CommandContext, queue: string): Promise<boolean> {
  const { callbackApi, client, log } = context
  const checks = queueChecks({ api: callbackApi, client, queue })
  const items: vscode.QuickPickItem[] = checks.map(({ label }) => ({ label: `$(circle-outline) ${label}` }))
  const list = vscode.window.createQuickPick()
  list.title = t`Test of ${queue}`
  list.ignoreFocusOut = true
  list.busy = true
  const show = (index: number, icon: string, detail?: string) => {
    items[index] = { label: `$(${icon}) ${checks[index]?.label ?? ''}`, ...(detail !== undefined && { detail }) }
    list.items = [...items]
  }
  list.onDidHide(() => list.dispose())
  list.onDidAccept(() => list.hide())
  list.items = items
  list.show()
  await client.connect({ start: true })
  for (const [index, check] of checks.entries()) {
    show(index, 'loading~spin')
    const problem = await outcomeOf(check)
    show(index, problem === undefined ? 'check' : 'error', problem)
    if (problem === undefined) continue
    log.warn(`Test of the queue ${queue}: ${check.label}: ${problem}`)
    list.title = t`Test of ${queue}: it does not work yet`
    list.busy = false
    if (!infoOf({ client, queue })?.lacksNode || !(await offerNode(context, queue))) return false
    list.hide()
    return test(context, queue)
  }
  const host = infoOf({ client, queue })?.host
  list.title =
    host === undefined ? t`Test of ${queue}: all of it works` : t`Test of ${queue} on ${host}: all of it works`
  list.busy = false
  return true
}
