// “Export Results…”: what jobs came to and what they wrote to stdout, as one table that opens at once.
import { type FileHandle, open } from 'node:fs/promises'
import { t } from '@vscode/l10n'
import * as vscode from 'vscode'
import { countOf } from '../../../core/protocol/format'
import { exportedOutput } from '../../outputs/exportedOutput'
import {
  type ExportFormat,
  type ExportText,
  exportFormats,
  exportHead,
  exportName,
  exportRow,
  exportTexts,
} from '../../text/exportModel'
import { doneOf, notifyStopped, runWithProgress } from '../common/bulkProgress'
import type { Command, CommandContext } from '../common/commandContext'
import { exportFile } from '../common/exportFile'
import { targetsOf } from '../common/jobPicker'
import { filtersOfIds, selectJobs } from '../common/jobSelection'
import { filtersOf, optionOf, type Targets } from '../common/targets'

interface Choice {
  format: ExportFormat
  text: ExportText
}

/** Takes jobs and batches as other commands do, `{ file }`, `{ format }` and `{ text }`; returns the file. */
export const exportResults: Command = async (context, argument) => {
  const targets = await targetsOf(context, argument, {
    placeholder: t('Of which job or batch are the results to be exported?'),
    batches: true,
    everything: t('All jobs'),
    none: t('There are no jobs in the history.'),
  })
  if (!targets) return undefined
  const { ids } = await selectJobs(context.client.service, filtersOf(targets))
  if (ids.length === 0) {
    void vscode.window.showInformationMessage(
      t('There is nothing to export: these jobs are not in the history any more.'),
    )
    return undefined
  }
  const choice = given(argument) ?? (await choose())
  const file =
    choice && (await exportFile(argument, t('Export Results'), () => nameOf(context, targets, choice.format)))
  return file === undefined || !choice ? undefined : write(context, ids, file, choice)
}

/** What the argument says, with the defaults, when it names a file. */
function given(argument: unknown): Choice | undefined {
  const file = optionOf(argument, 'file', 'string')
  const format = optionOf(argument, 'format', 'string')
  const text = optionOf(argument, 'text', 'string')
  if (file === undefined && format === undefined && text === undefined) return undefined
  const ending = file?.toLowerCase().endsWith('.csv') === false ? 'jsonl' : 'csv'
  return {
    format: oneOf('format', format ?? ending, exportFormats),
    text: oneOf('text', text ?? 'lastLine', exportTexts),
  }
}

function oneOf<T extends string>(name: string, value: string, known: readonly T[]): T {
  const found = known.find(word => word === value)
  if (found === undefined)
    throw new TypeError(t`${name} must be ${known.join(t(' or '))}, and is ${JSON.stringify(value)}.`)
  return found
}

async function choose(): Promise<Choice | undefined> {
  const items = exportFormats.flatMap(format =>
    exportTexts.map(text => ({
      label: format === 'csv' ? 'CSV' : t('JSON Lines'),
      description: text === 'whole' ? t('with all of stdout') : t('with the last line of stdout'),
      choice: { format, text },
    })),
  )
  const placeHolder = t('Name, state, exit code, seconds, memory, output and error of each job, in a table')
  const chosen = await vscode.window.showQuickPick(items, {
    title: t('Export Results'),
    placeHolder,
    ignoreFocusOut: true,
  })
  return chosen?.choice
}

/** Of one batch its name. */
async function nameOf(
  { client }: CommandContext,
  { ids, batchIds, all }: Targets,
  format: ExportFormat,
): Promise<string> {
  const batches = await Promise.all(batchIds.map(id => client.service.getBatch({ id })))
  return exportName(all || ids.length > 0 ? [] : batches.flatMap(batch => batch?.name ?? []), format)
}

async function write(
  context: CommandContext,
  ids: readonly string[],
  file: string,
  { format, text }: Choice,
): Promise<string> {
  const handle = await open(file, 'w') // what cannot be written is said before anything is read
  try {
    return await writeTable(context, ids, file, handle, { format, text })
  } finally {
    await handle.close()
  }
}

async function writeTable(
  { client, documents }: CommandContext,
  ids: readonly string[],
  file: string,
  handle: FileHandle,
  { format, text }: Choice,
): Promise<string> {
  await handle.appendFile(exportHead(format)) // which writes all, or throws
  const { done, stopped } = await runWithProgress(
    t('Exporting results'),
    filtersOfIds(ids),
    async (filter, work) => {
      const { jobs } = await client.service.list({ filter })
      for (const [i, job] of jobs.entries()) {
        if (work.signal?.aborted) return i
        await handle.appendFile(exportRow(format, job, await exportedOutput(client, documents.source, job, text)))
        work.onProgress?.(i + 1)
      }
      return jobs.length
    },
    ids.length,
  )
  if (stopped) notifyStopped(t`Exported ${doneOf(done, 'job', stopped)} to ${file}`)
  await vscode.commands.executeCommand('vscode.open', vscode.Uri.file(file))
  if (!stopped) void vscode.window.showInformationMessage(t`Exported ${countOf(done, 'job')} to ${file}.`)
  return file
}
