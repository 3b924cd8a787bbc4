// Actions on many jobs: one that takes more than a second shows its progress and can be stopped.
import { t } from '@vscode/l10n'
import * as vscode from 'vscode'
import { type Counted, countOf, groupDigits } from '../../../core/protocol/format'
import type { Work } from '../../../core/protocol/longRequests'
import type { OwnedFilter } from '../../../core/protocol/protocol'

/** Shorter actions show no notification. */
const SHOW_AFTER_MS = 1000

/** The user has stopped it; of how many jobs, where that is known. */
export interface Stopped {
  total?: number
}

export interface BulkResult {
  /** How many jobs. */
  done: number
  stopped?: Stopped
}

/**
 * Runs the action for one filter after the other, with the sum of their progress, until the user stops it.
 * @param title what is being done, as “Saving results”
 * @param run resolves with the number of jobs
 * @param whole the number of jobs, where it is known before
 */
export async function runWithProgress(
  title: string,
  filters: readonly OwnedFilter[],
  run: (filter: OwnedFilter, work: Work) => Promise<number>,
  whole?: number,
): Promise<BulkResult> {
  const controller = new AbortController()
  let total = whole
  let show: (done: number) => void = () => undefined
  const onProgress = (done: number, of?: number) => {
    total = of ?? whole
    show(done)
  }
  const running = runEach(filters, { signal: controller.signal, onProgress }, run)
  const ended = running.then(
    () => true,
    () => true,
  )
  if (!(await Promise.race([ended, pause(SHOW_AFTER_MS)]))) {
    const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true }
    void vscode.window.withProgress(options, async (progress, token) => {
      token.onCancellationRequested(() => controller.abort())
      show = done => {
        const message = total === undefined ? groupDigits(done) : t`${groupDigits(done)} of ${groupDigits(total)}`
        progress.report({ message })
      }
      await ended
    })
  }
  const done = await running
  return { done, ...(controller.signal.aborted && { stopped: total === undefined ? {} : { total } }) }
}

async function runEach(
  filters: readonly OwnedFilter[],
  work: Work,
  run: (filter: OwnedFilter, work: Work) => Promise<number>,
): Promise<number> {
  let before = 0
  for (const filter of filters) {
    if (work.signal?.aborted) break
    const passed = before
    const more: Work = {
      ...work,
      onProgress: (done, total) => work.onProgress?.(passed + done, filters.length === 1 ? total : undefined),
    }
    before += await run(filter, more)
  }
  return before
}

/** Shows what was done before the user stopped it. */
export function notifyStopped(done: string): void {
  void vscode.window.showInformationMessage(t`${done}, then it was stopped.`)
}

/** `1,200 of 16,000 results`, or without the whole where it is not known. */
export function doneOf(done: number, what: Counted, { total }: Stopped = {}): string {
  return total === undefined || total <= done ? countOf(done, what) : t`${groupDigits(done)} of ${countOf(total, what)}`
}

function pause(ms: number): Promise<false> {
  return new Promise(resolve => setTimeout(() => resolve(false), ms))
}
