// Notifies the user how jobs and batches ended, by the setting: one message at a time, whose text counts what it is about. VS Code
// can neither change nor close a message that is shown, and one that can be changed (a progress) has no buttons: so a message
// waits a moment for what ends together, and what ends while it is shown for the next one.
import { t } from '@vscode/l10n'
import * as vscode from 'vscode'
import type { Event, JobInfo } from '../../api'
import type { ServiceClient } from '../../client/connection/serviceClient'
import { pause } from '../../core/base/pause'
import { sentenceOf } from '../../core/base/sentence'
import { isFinal } from '../../core/jobs/job'
import { readNotificationLevel } from '../settings/settings'
import {
  isHinted,
  type Message,
  messageOf,
  notifiesBatch,
  notifiesJob,
  resultHint,
  streamOfInterest,
} from '../text/notificationModel'

/** What ends within this long after another belongs to the same message, but the first is not held back for longer than the second. */
const QUIET_MS = 1500
const MAX_HELD_MS = 5000
/** VS Code shows a warning for this long; the next message comes after that, or when it has been answered. */
const SHOWN_MS = 12_000
/** A key of what is kept. */
const HINT_SHOWN = 'resultHintShown'
const SHOW = t('Show')
const SHOW_FAILED = t('Show Failed')
const RERUN_FAILED = t('Rerun Failed')
const SHOW_OUTPUT = t('Show Output')
const SHOW_ERRORS = t('Show Errors')
const SHOW_LOG = t('Show Log')

export class Notifications implements vscode.Disposable {
  readonly #client: ServiceClient
  readonly #log: vscode.LogOutputChannel
  readonly #kept: vscode.Memento
  readonly #listeners: { dispose(): void }[]
  #jobs: JobInfo[] = []
  /** Batches of which a job has ended and that may be complete by now. */
  #batches = new Set<string>()
  /** The completion time of each batch that was notified; a round of reruns completes it again. */
  readonly #notified = new Map<string, number>()
  readonly #muted = new Set<string>()
  #timer: NodeJS.Timeout | undefined
  /** Since when something waits to be shown. */
  #heldSince: number | undefined
  #showing = false
  #failureNotified = false

  /** @param kept remembers for good that the user has been shown where results are */
  constructor(
    client: ServiceClient,
    onDidEnd: Event<readonly JobInfo[]>,
    log: vscode.LogOutputChannel,
    kept: vscode.Memento,
  ) {
    this.#client = client
    this.#log = log
    this.#kept = kept
    this.#listeners = [
      onDidEnd(jobs => this.#add(jobs)),
      client.onDidChangeState(state => {
        if (state === 'connected') this.#failureNotified = false
        if (state === 'failed') void this.#notifyFailure()
      }),
    ]
  }

  /** Shows nothing when this job ends: its submitter does. */
  mute(id: string): void {
    this.#muted.add(id)
  }

  dispose(): void {
    clearTimeout(this.#timer)
    for (const listener of this.#listeners) listener.dispose()
  }

  #add(jobs: readonly JobInfo[]): void {
    const level = readNotificationLevel()
    for (const info of jobs) {
      if (this.#muted.delete(info.id)) continue
      const isFirst = !this.#kept.get(HINT_SHOWN) && isHinted(level, info)
      if (isFirst || notifiesJob(level, info)) this.#jobs.push(info)
      if (info.batchId !== undefined && isFinal(info.state)) this.#batches.add(info.batchId)
    }
    this.#schedule()
  }

  #schedule(): void {
    if (this.#showing || this.#jobs.length + this.#batches.size === 0) return
    this.#heldSince ??= Date.now()
    clearTimeout(this.#timer)
    const atMost = Math.max(0, this.#heldSince + MAX_HELD_MS - Date.now())
    this.#timer = setTimeout(
      () => this.#notify().catch(error => this.#log.warn(`A notification failed: ${sentenceOf(error)}`)),
      Math.min(QUIET_MS, atMost),
    )
  }

  async #notify(): Promise<void> {
    const jobs = this.#jobs
    const batchIds = [...this.#batches]
    this.#jobs = []
    this.#batches = new Set()
    this.#heldSince = undefined
    this.#showing = true
    try {
      const message = messageOf(jobs, await this.#completed(batchIds))
      if (!message) return
      if (!this.#kept.get(HINT_SHOWN) && jobs.some(job => isHinted(readNotificationLevel(), job))) {
        message.text = `${message.text} ${resultHint()}`
        await this.#kept.update(HINT_SHOWN, true)
      }
      await Promise.race([this.#show(message), pause(SHOWN_MS)])
    } finally {
      this.#showing = false
      this.#schedule()
    }
  }

  async #show({ severity, text, job, failed, rerun }: Message): Promise<void> {
    const offered = job && streamOfInterest(job)
    const actions = [
      ...(offered ? [offered === 'stdout' ? SHOW_OUTPUT : SHOW_ERRORS] : []),
      ...(failed === undefined ? [] : [SHOW_FAILED]),
      rerun === undefined ? SHOW : RERUN_FAILED,
    ]
    const show = severity === 'warning' ? vscode.window.showWarningMessage : vscode.window.showInformationMessage
    const chosen = await show(text, ...actions)
    if (chosen === SHOW) await vscode.commands.executeCommand('headlessJobs.jobs.focus')
    else if (chosen === SHOW_FAILED) await vscode.commands.executeCommand('headlessJobs.find', { text: failed })
    else if (chosen === RERUN_FAILED) await vscode.commands.executeCommand('headlessJobs.rerunFailed', rerun)
    else if (chosen === SHOW_OUTPUT) await vscode.commands.executeCommand('headlessJobs.showOutput', job?.id)
    else if (chosen === SHOW_ERRORS) await vscode.commands.executeCommand('headlessJobs.showErrors', job?.id)
  }

  /** Those of the batches that are complete and not notified yet. */
  async #completed(ids: readonly string[]) {
    if (!this.#client.isConnected) return []
    const level = readNotificationLevel()
    const batches = await Promise.all(ids.map(id => this.#client.service.getBatch({ id })))
    return batches.filter(batch => {
      if (batch?.endedAt === undefined || this.#notified.get(batch.id) === batch.endedAt) return false
      this.#notified.set(batch.id, batch.endedAt)
      return notifiesBatch(level, batch)
    }) as Exclude<(typeof batches)[number], undefined>[]
  }

  /** Once, until there is a job service again. */
  async #notifyFailure(): Promise<void> {
    if (this.#failureNotified) return
    this.#failureNotified = true
    const message = this.#client.message ?? t('The job service cannot be reached.')
    if ((await vscode.window.showErrorMessage(message, SHOW_LOG)) === SHOW_LOG) this.#log.show()
  }
}
