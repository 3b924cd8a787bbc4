// “Show Earlier Attempt…”: lists the attempts at the place of a job, and opens the output of one.
import { t } from '@vscode/l10n'
import * as vscode from 'vscode'
import type { JobInfo } from '../../../api'
import type { AttemptInfo } from '../../../core/jobs/attempts'
import { describeAttempt } from '../../text/attemptText'
import type { Command, CommandContext } from '../common/commandContext'
import { jobOf } from '../common/jobPicker'
import { optionOf } from '../common/targets'
import { type Shows, showAttempt, showLatest } from './showCommands'

interface AttemptItem extends vscode.QuickPickItem {
  /** Absent in the item that loads older ones. */
  attempt?: AttemptInfo
}

interface Chosen {
  attempt: AttemptInfo
  stream: Shows
}

const showErrorsButton: vscode.QuickInputButton = {
  iconPath: new vscode.ThemeIcon('output'),
  tooltip: t('Show Errors'),
}

/** Takes a job's id and `{ attempt }`, its number, or lets the user pick; returns the URI that was opened. */
export const showAttempts: Command = async (context, argument) => {
  const job = await jobOf(context, argument, {
    placeholder: t('Of which job is an earlier attempt to be shown?'),
    has: 'attempts',
    none: t('No job has been run more than once.'),
  })
  if (!job) return undefined
  const { service } = context.client
  const wanted = optionOf(argument, 'attempt', 'number')
  const { attempts, more } = await service.attempts({ id: job.id, ...(wanted !== undefined && { before: wanted + 1 }) })
  if (wanted !== undefined) {
    const [attempt] = attempts
    if (attempt?.number !== wanted) throw new Error(t`“${job.name}” has no attempt ${wanted}.`)
    return show(context, job, { attempt, stream: streamOf(attempt) }, 0)
  }
  if (attempts.length < 2) {
    void vscode.window.showInformationMessage(t`“${job.name}” has been run once: there is no earlier attempt.`)
    return undefined
  }
  const latest = attempts[0]?.number ?? 0
  const chosen = await choose(context, job, attempts, more === true)
  return chosen && show(context, job, chosen, latest)
}

function streamOf({ stdoutBytes, stderrBytes }: AttemptInfo): Shows {
  return stdoutBytes === 0 && stderrBytes > 0 ? 'stderr' : 'output'
}

function show(
  context: CommandContext,
  job: JobInfo,
  { attempt, stream }: Chosen,
  latest: number,
): Promise<string | undefined> {
  return attempt.number === latest ? showLatest(context, job, stream) : showAttempt(context, job, attempt, stream)
}

/** @param latest the number of the latest attempt */
function itemMaker(latest: number | undefined): (attempt: AttemptInfo) => AttemptItem {
  const time = new Intl.DateTimeFormat(vscode.env.language, { dateStyle: 'short', timeStyle: 'medium' })
  return attempt => ({
    ...describeAttempt(attempt, attempt.number === latest, at => time.format(at)),
    attempt,
    ...(attempt.stderrBytes > 0 && attempt.stdoutBytes > 0 && { buttons: [showErrorsButton] }),
  })
}

/** Enter picks the stdout of an attempt, its button the stderr. */
function choose(
  { client }: CommandContext,
  job: JobInfo,
  first: readonly AttemptInfo[],
  more: boolean,
): Promise<Chosen | undefined> {
  const input = vscode.window.createQuickPick<AttemptItem>()
  const itemOf = itemMaker(first[0]?.number)
  const older: AttemptItem = { label: `$(ellipsis) ${t('Older attempts')}`, alwaysShow: true }
  input.title = t`Attempts of ${job.name}`
  input.placeholder = t('Which attempt is to be shown?')
  input.matchOnDescription = true
  input.matchOnDetail = true
  input.ignoreFocusOut = true // VS Code returns the focus to the view after its menu, on a busy machine late
  input.items = [...first.map(itemOf), ...(more ? [older] : [])]
  const [, earlier] = input.items
  if (earlier) input.activeItems = [earlier]

  const readOlder = async () => {
    const shown = input.items.filter(item => item.attempt)
    const before = shown.at(-1)?.attempt?.number ?? 1
    input.busy = true
    const reply = await client.service.attempts({ id: job.id, before })
    input.busy = false
    input.items = [...shown, ...reply.attempts.map(itemOf), ...(reply.more ? [older] : [])]
    const next = input.items[shown.length]
    if (next) input.activeItems = [next]
  }
  return new Promise((resolve, reject) => {
    input.onDidAccept(() => {
      const [item] = input.selectedItems
      if (item?.attempt) resolve({ attempt: item.attempt, stream: streamOf(item.attempt) })
      else if (item) readOlder().catch(reject)
    })
    input.onDidTriggerItemButton(({ item }) => item.attempt && resolve({ attempt: item.attempt, stream: 'stderr' }))
    input.onDidHide(() => resolve(undefined))
    input.show()
  }).finally(() => input.dispose()) as Promise<Chosen | undefined>
}
