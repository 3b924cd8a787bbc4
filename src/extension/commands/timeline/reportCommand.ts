// “Export Batch Report…”: one HTML file that says what a batch came to, with its timeline in it; it opens at once.
import { writeFile } from 'node:fs/promises'
import { t } from '@vscode/l10n'
import * as vscode from 'vscode'
import type { JobInfo } from '../../../api'
import type { ServiceClient } from '../../../client/connection/serviceClient'
import { MAX_LIST_ITEMS } from '../../../core/protocol/limits'
import { KnownBars } from '../../../core/timeline/knownBars'
import { lanesOf } from '../../../core/timeline/lanes'
import { isOnDesktop } from '../../settings/workspaceContext'
import { fileName } from '../../text/outputModel'
import { reportHtml } from '../../timeline/reportHtml'
import { showReport } from '../../timeline/reportPanels'
import { timelineSvg } from '../../timeline/timelineSvg'
import type { Command } from '../common/commandContext'
import { exportFile } from '../common/exportFile'
import { targetsOf } from '../common/jobPicker'
import { clickedAlone } from '../common/targets'

/** Takes a batch as other commands do, and `{ file }`; returns the file. */
export const exportReport: Command = async (context, argument) => {
  const targets = await targetsOf(context, clickedAlone(argument), {
    placeholder: t('Of which batch is the report to be made?'),
    batches: true,
    none: t('There are no batches in the history.'),
  })
  const [id] = targets?.batchIds ?? []
  if (!targets) return undefined
  const { service } = context.client
  const batch = id === undefined ? undefined : await service.getBatch({ id })
  if (!batch) throw new Error(t('A report is made of a batch; choose one that is in the history.'))
  const file = await exportFile(argument, t('Export Batch Report'), () => fileName(batch.name, '.html'))
  if (file === undefined) return undefined
  const html = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title: t('Making the report of {0}', batch.name) },
    async () => {
      const jobs = await jobsOf(context.client, batch.id)
      return reportHtml(batch, jobs, await pictureOf(context.client, batch.id), new Date(), vscode.env.language)
    },
  )
  await writeFile(file, html)
  showReport(batch.name, file, html)
  void offerBrowser(file)
  return file
}

/** Where there is one for a file of this machine. */
async function offerBrowser(file: string): Promise<void> {
  const open = t('Open in Browser')
  const chosen = await vscode.window.showInformationMessage(
    t('The report is in {0}.', file),
    ...(isOnDesktop() ? [open] : []),
  )
  if (chosen === open) void vscode.env.openExternal(vscode.Uri.file(file))
}

async function jobsOf({ service }: ServiceClient, batchId: string): Promise<JobInfo[]> {
  const all: JobInfo[] = []
  let after: string | undefined
  do {
    const { jobs, next } = await service.list({
      filter: { batchId, limit: MAX_LIST_ITEMS, ...(after !== undefined && { after }) },
    })
    all.push(...jobs)
    after = next
  } while (after !== undefined)
  return all
}

async function pictureOf({ service, summary }: ServiceClient, batchId: string): Promise<string> {
  const bars = new KnownBars()
  for (let isMore = true, anew = true; isMore; anew = false) {
    const part = await service.timeline({ view: `report-${batchId}`, batchId, ...(anew && { anew }) })
    bars.apply(part)
    isMore = part.more === true
  }
  return timelineSvg(bars, lanesOf(bars, summary?.concurrency ?? 1), Date.now())
}
