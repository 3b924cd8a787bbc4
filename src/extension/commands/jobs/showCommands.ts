// Commands that open what a job wrote: text as a document that follows, an image as an image, other bytes as a file to be saved.
import { stat } from 'node:fs/promises'
import path from 'node:path'
import { t } from '@vscode/l10n'
import * as vscode from 'vscode'
import type { JobInfo } from '../../../api'
import type { AttemptInfo } from '../../../core/jobs/attempts'
import { failedStates, isFinal } from '../../../core/jobs/job'
import { formatBytes } from '../../../core/protocol/format'
import { revealEnd } from '../../outputs/followedOutputs'
import { type Target, uriOf } from '../../outputs/outputAddress'
import { endSentence } from '../../text/jobText'
import { imageEnding, isText, outputName, SAMPLE_BYTES } from '../../text/outputModel'
import { MAX_SHOWN_BYTES } from '../../text/outputStretch'
import type { Command, CommandContext } from '../common/commandContext'
import { jobOf } from '../common/jobPicker'
import { pickFile } from './pickFile'

/** Editors do not show larger values well. */
const MAX_SHOWN_VALUE_BYTES = 50 * 1024 * 1024
/** A viewer of images has all of one in memory. */
const MAX_IMAGE_BYTES = 64 * 1024 * 1024
/** A larger text of the user's own file opens at its end, as an output does: extensions get none above it from VS Code. */
const MAX_OPENED_FILE_BYTES = 50 * 1024 * 1024
/** VS Code's own viewer, for an image that is a text, too. */
const IMAGE_VIEWER = 'imagePreview.previewEditor'

/** What of a job is asked for: both streams by time, where both were captured, or one alone. */
export type Shows = 'output' | 'stdout' | 'stderr'

/** Opens what a job wrote; returns the URI that was opened. */
function show(what: Shows): Command {
  return async (context, argument) => {
    const question =
      what === 'stderr'
        ? { placeholder: t('Whose stderr is to be shown?'), none: t('No job has written to stderr.'), has: what }
        : { placeholder: t('Whose output is to be shown?'), none: t('There are no jobs in the history.') }
    const job = await jobOf(context, argument, question)
    return job && showLatest(context, job, what)
  }
}

export const showOutput = show('output')
export const showStdout = show('stdout')
export const showErrors = show('stderr')

/** What is to be shown of which attempt. */
interface Shown {
  job: JobInfo
  /** What is read. */
  target: Target
  /** What the document is called by: the first job at the place, of one that follows. */
  follows?: string
  /** The number of an earlier attempt. */
  attempt?: number
}

/** The output of the latest attempt at the place of the job; its document follows reruns. */
export async function showLatest(context: CommandContext, job: JobInfo, what: Shows): Promise<string | undefined> {
  const place = await context.client.service.place({ id: job.id })
  return place ? showStream(context, place.latest, place.first, what) : undefined
}

/** The output of an earlier attempt, in its own document. */
export async function showAttempt(
  context: CommandContext,
  job: JobInfo,
  { id, number, retry = 0 }: AttemptInfo,
  what: Shows,
): Promise<string | undefined> {
  const { name } = job
  const spec = await context.client.service.getSpec({ id })
  const named = what === 'stderr' ? spec?.stderr : spec?.stdout
  if (typeof named === 'object') {
    const stream = what === 'stderr' ? 'stderr' : 'stdout'
    const message = t`Attempt ${number} of “${name}” wrote its ${stream} to ${named.file}, as a later one may have done since.`
    void vscode.window.showInformationMessage(message)
    return undefined
  }
  const part = what !== 'stderr' && spec?.protocol && retry === 0 ? 'value' : what
  const target = { id, part, ...(retry > 0 && { retry }) } as const
  const shown = { job, target, attempt: number }
  return part === 'value' ? showValue(context, shown) : showBytes(context, shown)
}

async function showStream(
  context: CommandContext,
  job: JobInfo,
  first: string,
  what: Shows,
): Promise<string | undefined> {
  const spec = await context.client.service.getSpec({ id: job.id })
  const named = what === 'stderr' ? spec?.stderr : spec?.stdout
  const target = { id: job.id, part: what } as const
  if (what !== 'stderr' && spec?.protocol)
    return showValue(context, { job, target: { ...target, part: 'value' }, follows: first })
  const shown = { job, target, follows: first }
  if (typeof named === 'object' && isFinal(job.state))
    return showFile(context, shown, path.resolve(job.cwd, named.file))
  return showBytes(context, shown)
}

/** Text in a document; what is none in the viewer for it, or saved. */
async function showBytes(context: CommandContext, shown: Shown): Promise<string | undefined> {
  const { job, target, attempt } = shown
  const { source } = context.documents
  const { total, read, order } = await source.output(target)
  if (total === 0) {
    void vscode.window.showInformationMessage(nothingSentence(shown))
    return undefined
  }
  // an image or other data is shown without the messages that came meanwhile
  if (target.part === 'output' && order && !(await source.isText({ ...target, part: 'stdout' })))
    return showBytes(context, { ...shown, target: { ...target, part: 'stdout' } })
  const isOver = attempt !== undefined || isFinal(job.state)
  const ending = isOver && total <= MAX_IMAGE_BYTES ? imageEnding(await read(0, SAMPLE_BYTES)) : undefined
  if (ending !== undefined) return openImage(uriOfShown(shown, ending), ending)
  if (!(await source.isText(target))) return offerToSave(context, shown, total)
  // what runs is read from its end on, and so is a part of much; what has failed says why in its last lines
  const saysWhy = target.part === 'stderr' || (target.part === 'output' && order !== undefined)
  const hasFailed = attempt === undefined && saysWhy && failedStates.includes(job.state)
  return open(uriOfShown(shown), !isOver || hasFailed || total > MAX_SHOWN_BYTES)
}

function uriOfShown({ job, target, follows, attempt }: Shown, ending?: string): vscode.Uri {
  const address = { ...target, id: follows ?? target.id, follows: follows !== undefined, isRaw: ending !== undefined }
  return uriOf(address, outputName(job.name, target.part, attempt, ending))
}

/** The answer of a job with a protocol, as JSON. */
async function showValue({ documents }: CommandContext, shown: Shown): Promise<string | undefined> {
  const { total } = await documents.source.output(shown.target)
  if (total > 0 && total <= MAX_SHOWN_VALUE_BYTES) return open(uriOfShown(shown))
  const size = formatBytes(total)
  const large = t`The result of ${whatOf(shown)} is too large to be shown (${size}). “Save Results” writes it to a folder.`
  void vscode.window.showInformationMessage(total > 0 ? large : noValueSentence(shown))
  return undefined
}

/** The file that the user named, in the viewer for its type; a large text as an output. */
async function showFile(context: CommandContext, shown: Shown, file: string): Promise<string | undefined> {
  const { job, target } = shown
  const uri = vscode.Uri.file(file)
  const size = (await stat(file).catch(() => undefined))?.size
  if (size === undefined) {
    const gone = t`There is no ${file} any more.`
    const reason = job.state === 'succeeded' ? gone : t`${file} was not written. ${endSentence(job)}`
    void vscode.window.showWarningMessage(reason)
    return undefined
  }
  const stream = target.part === 'stderr' ? 'stderr' : 'stdout'
  const slice = await context.documents.source.slice(target, stream, 0, SAMPLE_BYTES).catch(() => undefined)
  if (!slice) return open(uri) // VS Code says why it cannot be read
  const { base64, file: written } = slice
  // a job that fails leaves the file as it was
  if (written === undefined) return offerToOpen(uri, t`What is in ${file} was there before. ${endSentence(job)}`)
  const isLarge = size > MAX_OPENED_FILE_BYTES && isText(Buffer.from(base64, 'base64'), true)
  return isLarge ? showBytes(context, shown) : open(uri)
}

async function offerToOpen(uri: vscode.Uri, message: string): Promise<string | undefined> {
  const label = t('Open')
  return (await vscode.window.showWarningMessage(message, label)) === label ? open(uri) : undefined
}

async function open(uri: vscode.Uri, isAtEnd = false): Promise<string> {
  await vscode.commands.executeCommand('vscode.open', uri)
  const editor = vscode.window.activeTextEditor
  if (isAtEnd && editor?.document.uri.toString() === uri.toString()) revealEnd(editor)
  return uri.toString()
}

async function openImage(uri: vscode.Uri, ending: string): Promise<string> {
  if (ending === '.svg') await vscode.commands.executeCommand('vscode.openWith', uri, IMAGE_VIEWER)
  else await vscode.commands.executeCommand('vscode.open', uri)
  return uri.toString()
}

/** The job, or its attempt, as a sentence names it. */
function whatOf({ job, attempt }: Shown): string {
  return attempt === undefined ? `“${job.name}”` : t`Attempt ${attempt} of “${job.name}”`
}

function nothingSentence(shown: Shown): string {
  const { job, target, attempt } = shown
  if (attempt === undefined && !isFinal(job.state)) return t`${whatOf(shown)} has written nothing yet.`
  const nothing =
    target.part === 'output' ? t`${whatOf(shown)} wrote nothing.` : t`${whatOf(shown)} wrote nothing to ${target.part}.`
  return `${nothing}${failure(shown)}`
}

function noValueSentence(shown: Shown): string {
  if (shown.attempt === undefined && !isFinal(shown.job.state)) return t`${whatOf(shown)} has no result yet.`
  return `${t`${whatOf(shown)} has no result.`}${failure(shown)}`
}

function failure({ job, attempt }: Shown): string {
  return attempt === undefined && job.state !== 'succeeded' ? ` ${endSentence(job)}` : ''
}

async function offerToSave(context: CommandContext, shown: Shown, total: number): Promise<string | undefined> {
  const { job, target, attempt } = shown
  const saveAs = t('Save As…')
  const size = formatBytes(total)
  const message = t`What ${whatOf(shown)} wrote is not text (${size}). It can be saved to a file.`
  if ((await vscode.window.showInformationMessage(message, saveAs)) !== saveAs) return undefined
  const uri = await pickFile(job.cwd, job.name, outputName(job.name, target.part, attempt))
  if (!uri) return undefined
  await context.documents.source.save(target, uri.fsPath)
  return uri.toString()
}
