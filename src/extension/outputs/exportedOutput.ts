// What of a job's stdout stands in a table of results.
import { stat } from 'node:fs/promises'
import path from 'node:path'
import { t } from '@vscode/l10n'
import type { JobInfo } from '../../api'
import type { ServiceClient } from '../../client/connection/serviceClient'
import { resultText } from '../../client/values/plainValues'
import { formatBytes } from '../../core/protocol/format'
import { tailOf } from '../text/detailsModel'
import { type ExportedOutput, type ExportText, lastLineOf } from '../text/exportModel'
import type { OutputSource } from './outputSource'

/** A longer output is not in a table; its file is named, or its size. No more than one slice. */
const MAX_TEXT_BYTES = 1024 * 1024
/** The end of an output in which its last line is looked for. */
const LAST_LINE_BYTES = 16 * 1024

/** What it wrote, and the file of the user's in which that is; what an earlier job has left there is not its own. */
export async function exportedOutput(
  { service, folders }: ServiceClient,
  source: OutputSource,
  job: JobInfo,
  wanted: ExportText,
): Promise<ExportedOutput> {
  const { id, cwd, stdoutBytes } = job
  if (stdoutBytes === 0) return {}
  const { stdout, protocol } = (await service.getSpec({ id })) ?? {}
  const named = typeof stdout === 'object' ? path.resolve(cwd, stdout.file) : undefined
  const kept = named !== undefined && job.state === 'succeeded' && { file: named }
  if (named !== undefined && !(await isThere(named))) return { ...kept }
  const isWhole = wanted === 'whole' || protocol !== undefined
  const isLong = isWhole && stdoutBytes > MAX_TEXT_BYTES
  const offset = isWhole ? 0 : Math.max(0, stdoutBytes - LAST_LINE_BYTES)
  const length = isLong ? 0 : stdoutBytes - offset
  const slice = await source.slice({ id, part: 'stdout' }, 'stdout', offset, length).catch(() => undefined)
  if (!slice) return { text: t('(it could not be read)'), ...kept }
  const { base64, total, file } = slice
  if (total === 0) return {}
  const where = named !== undefined && file !== undefined && { file: named }
  if (isLong) return { text: t`(${formatBytes(stdoutBytes)}, not in this table)`, ...where }
  const bytes = Buffer.from(base64, 'base64')
  if (protocol) return { text: (await resultText(bytes, protocol, folders)).trimEnd(), ...where }
  const { text, isBinary } = tailOf(bytes, offset, stdoutBytes)
  if (isBinary) return { text: t`(${formatBytes(stdoutBytes)}, no text)`, ...where }
  return { text: wanted === 'whole' ? text : lastLineOf(text), ...where }
}

function isThere(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  )
}
