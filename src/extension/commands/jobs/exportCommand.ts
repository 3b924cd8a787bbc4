// “Export Results…”: what jobs came to and what they wrote to stdout, as one table that opens at once.
import { type FileHandle, open, readFile } from 'node:fs/promises'
import path from 'node:path'
import { t } from '@vscode/l10n'
import * as vscode from 'vscode'
import type { JobInfo } from '../../../api'
import { resultText } from '../../../client/values/plainValues'
import { countOf, formatBytes } from '../../../core/protocol/format'
import { tailOf } from '../../text/detailsModel'
import {
  type ExportedOutput,
  type ExportFormat,
  type ExportText,
  exportFormats,
  exportHead,
  exportName,
  exportRow,
  exportTexts,
  lastLineOf,
} from '../../text/exportModel'
import { doneOf, notifyStopped, runWithProgress } from '../common/bulkProgress'
import type { Command, CommandContext } from '../common/commandContext'
import { exportFile } from '../common/exportFile'
import { targetsOf } from '../common/jobPicker'
import { filtersOfIds, selectJobs } from '../common/jobSelection'
import { filtersOf, optionOf, type Targets } from '../common/targets'

/** A longer output is not in a table; its file is named, or its size. */
const MAX_TEXT_BYTES = 1024 * 1024
/** The end of an output in which its last line is looked for. */
const LAST_LINE_BYTES = 16 * 1024

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
  context: CommandContext,
  ids: readonly string[],
  file: string,
  handle: FileHandle,
  { format, text }: Choice,
): Promise<string> {
  await handle.appendFile(exportHead(format)) // which writes all, or throws
  const { service } = context.client
  const { done, stopped } = await runWithProgress(
    t('Exporting results'),
    filtersOfIds(ids),
    async (filter, work) => {
      const { jobs } = await service.list({ filter })
      for (const [i, job] of jobs.entries()) {
        if (work.signal?.aborted) return i
        await handle.appendFile(exportRow(format, job, await outputOf(context, job, text)))
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

/** Of a job whose stdout goes to a file of the user's, that file as it is now. */
async function outputOf(
  { client, documents }: CommandContext,
  job: JobInfo,
  wanted: ExportText,
): Promise<ExportedOutput> {
  if (job.stdoutBytes === 0) return {}
  const spec = await client.service.getSpec({ id: job.id })
  const file = typeof spec?.stdout === 'object' ? path.resolve(job.cwd, spec.stdout.file) : undefined
  const named = file !== undefined && { file }
  if (wanted === 'whole' && job.stdoutBytes > MAX_TEXT_BYTES)
    return { text: t`(${formatBytes(job.stdoutBytes)}, not in this table)`, ...named }
  const { bytes, offset } = await read()
  if (spec?.protocol && bytes.length > 0)
    return { text: (await resultText(bytes, spec.protocol, client.folders)).trimEnd(), ...named }
  const { text, isBinary } = tailOf(bytes, offset, job.stdoutBytes)
  if (isBinary) return { text: t`(${formatBytes(job.stdoutBytes)}, no text)`, ...named }
  return { text: wanted === 'whole' ? text : lastLineOf(text), ...named }

  async function read(): Promise<{ bytes: Uint8Array; offset: number }> {
    if (file !== undefined) return { bytes: await readFile(file).catch(() => new Uint8Array()), offset: 0 }
    const target = { id: job.id, part: 'stdout' } as const
    if (wanted === 'whole' || spec?.protocol) return { bytes: await documents.source.read(target), offset: 0 }
    const offset = Math.max(0, job.stdoutBytes - LAST_LINE_BYTES)
    const { base64 } = await documents.source.slice(target, 'stdout', offset, LAST_LINE_BYTES)
    return { bytes: Buffer.from(base64, 'base64'), offset }
  }
}
