// Commands that show or copy parts of one job: its output in an editor, its command line and pid to the clipboard, its
// input to a file.
import { copyFile, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import * as vscode from 'vscode'
import type { JobInfo } from '../../../api'
import { workingFolder } from '../../../client/jobs/workingFolder'
import { arrayBytesOf, inputPieces, MAX_ARRAY_BYTES_IN_JSON } from '../../../client/values/plainValues'
import { threadVariables } from '../../../core/base/threadVariables'
import type { AttemptInfo } from '../../../core/jobs/attempts'
import { failedStates, hasProcess, isFinal, jobStates, type StoredInput } from '../../../core/jobs/job'
import { formatBytes } from '../../../core/protocol/format'
import { readEnvironment } from '../../settings/settings'
import { defaultCwd, onWindows } from '../../settings/workspaceContext'
import { endSentence } from '../../text/jobText'
import { OWN_ID } from '../../text/notificationModel'
import { fileName, isText, SAMPLE_BYTES } from '../../text/outputModel'
import { inputGap, terminalCommand, terminalSpec } from '../../text/terminalCommand'
import { revealEnd } from '../../views/followOutputs'
import type { Stream } from '../../views/outputDocuments'
import type { Command, CommandContext } from '../common/commandContext'
import { jobOf } from '../common/jobPicker'
import { optionOf } from '../common/targets'

/** Editors do not show larger values well. */
const MAX_SHOWN_VALUE_BYTES = 50 * 1024 * 1024

/** Opens what a job wrote; returns the URI that was opened. */
function show(stream: Stream): Command {
  return async (context, argument) => {
    const question =
      stream === 'stdout'
        ? { placeholder: 'Whose output is to be shown?', none: 'There are no jobs in the history.' }
        : { placeholder: 'Whose stderr is to be shown?', none: 'No job has written to stderr.', has: stream }
    const job = await jobOf(context, argument, question)
    return job && showLatest(context, job, stream)
  }
}

export const showOutput = show('stdout')
export const showErrors = show('stderr')

/** The output of the latest attempt at the place of the job; its document follows reruns. */
export async function showLatest(context: CommandContext, job: JobInfo, stream: Stream): Promise<string | undefined> {
  const place = await context.client.service.place({ id: job.id })
  return place ? showStream(context, place.latest, place.first, stream) : undefined
}

/** The output of an earlier attempt, in its own document. */
export async function showAttempt(
  context: CommandContext,
  { name }: JobInfo,
  attempt: AttemptInfo,
  stream: Stream,
): Promise<string | undefined> {
  const { client, documents } = context
  const { id, number, retry = 0 } = attempt
  const spec = await client.service.getSpec({ id })
  const named = stream === 'stdout' ? spec?.stdout : spec?.stderr
  if (typeof named === 'object') {
    const message = `Attempt ${number} of “${name}” wrote its ${stream} to ${named.file}, as a later one may have done since.`
    void vscode.window.showInformationMessage(message)
    return undefined
  }
  const part = stream === 'stdout' && spec?.protocol && retry === 0 ? 'value' : stream
  const target = { id, part, ...(retry > 0 && { retry }) } as const
  const sample = await documents.slice(target, 0, part === 'value' ? 0 : SAMPLE_BYTES)
  const what = `Attempt ${number} of “${name}”`
  if (sample.total === 0) {
    void vscode.window.showInformationMessage(`${what} wrote nothing to ${stream}.`)
    return undefined
  }
  if (part === 'value' && sample.total > MAX_SHOWN_VALUE_BYTES) {
    void vscode.window.showInformationMessage(
      `The result of ${what} is too large to be shown (${formatBytes(sample.total)}).`,
    )
    return undefined
  }
  return open(documents.uriOfAttempt(target, number, name))
}

async function showStream(
  context: CommandContext,
  job: JobInfo,
  first: string,
  stream: Stream,
): Promise<string | undefined> {
  const { client, documents } = context
  const spec = await client.service.getSpec({ id: job.id })
  const named = stream === 'stdout' ? spec?.stdout : spec?.stderr
  if (stream === 'stdout' && spec?.protocol) return showValue(context, job, first)
  if (typeof named === 'object' && isFinal(job.state)) return showFile(job, path.resolve(job.cwd, named.file))
  const sample = await documents.slice({ id: job.id, part: stream }, 0, SAMPLE_BYTES)
  if (sample.total === 0) {
    void vscode.window.showInformationMessage(nothingSentence(job, stream))
    return undefined
  }
  const bytes = Buffer.from(sample.base64, 'base64')
  if (!isText(bytes, bytes.length < sample.total)) return offerToSave(context, job, stream, sample.total)
  // what runs is read from its end on, and what has failed says why in its last lines
  const isAtEnd = !isFinal(job.state) || (stream === 'stderr' && failedStates.includes(job.state))
  return open(documents.uriOf(first, stream, job.name), isAtEnd)
}

/** The answer of a job with a protocol, as JSON. */
async function showValue({ documents }: CommandContext, job: JobInfo, first: string): Promise<string | undefined> {
  const { total } = await documents.slice({ id: job.id, part: 'value' }, 0, 0)
  if (total > 0 && total <= MAX_SHOWN_VALUE_BYTES) return open(documents.uriOf(first, 'value', job.name))
  const large = `The result of “${job.name}” is too large to be shown (${formatBytes(total)}). “Save Results” writes it to a folder.`
  void vscode.window.showInformationMessage(total > 0 ? large : noValueSentence(job))
  return undefined
}

/** The file that the user named, in the viewer for its type. */
async function showFile(job: JobInfo, file: string): Promise<string | undefined> {
  const uri = vscode.Uri.file(file)
  if (
    await vscode.workspace.fs.stat(uri).then(
      () => true,
      () => false,
    )
  ) {
    return open(uri)
  }
  const reason =
    job.state === 'succeeded' ? `There is no ${file} any more.` : `${file} was not written. ${endSentence(job)}`
  void vscode.window.showWarningMessage(reason)
  return undefined
}

async function open(uri: vscode.Uri, isAtEnd = false): Promise<string> {
  await vscode.commands.executeCommand('vscode.open', uri)
  const editor = vscode.window.activeTextEditor
  if (isAtEnd && editor?.document.uri.toString() === uri.toString()) revealEnd(editor)
  return uri.toString()
}

function nothingSentence(job: JobInfo, stream: Stream): string {
  const yet = isFinal(job.state) ? '' : ' yet'
  return `“${job.name}” wrote nothing to ${stream}${yet}.${failure(job)}`
}

function noValueSentence(job: JobInfo): string {
  return isFinal(job.state) ? `“${job.name}” has no result.${failure(job)}` : `“${job.name}” has no result yet.`
}

function failure(job: JobInfo): string {
  return isFinal(job.state) && job.state !== 'succeeded' ? ` ${endSentence(job)}` : ''
}

async function offerToSave(
  { documents }: CommandContext,
  job: JobInfo,
  stream: Stream,
  total: number,
): Promise<string | undefined> {
  const saveAs = 'Save As…'
  const message = `What “${job.name}” wrote to ${stream} is not text (${formatBytes(total)}). It can be saved to a file.`
  if ((await vscode.window.showInformationMessage(message, saveAs)) !== saveAs) return undefined
  const uri = await pickFile(job, documents.uriOf(job.id, stream, job.name).path)
  if (!uri) return undefined
  await writeFile(uri.fsPath, await documents.read({ id: job.id, part: stream }))
  return uri.toString()
}

function pickFile(job: JobInfo, name: string): Thenable<vscode.Uri | undefined> {
  const defaultUri = vscode.Uri.file(path.join(job.cwd, path.posix.basename(name)))
  return vscode.window.showSaveDialog({ defaultUri, saveLabel: 'Save', title: `Save of ${job.name}` })
}

/** Copies the command line that does the same in a terminal, and returns it. */
export const copyCommand: Command = async (context, argument) => {
  const job = await jobOf(context, argument, {
    placeholder: 'Whose command is to be copied?',
    none: 'There are no jobs in the history.',
  })
  const spec = job && (await context.client.service.getSpec({ id: job.id }))
  if (!job || !spec) return undefined
  const commandLine = terminalCommand(terminalSpec(spec, onWindows), {
    serviceEnv: threadEnvironment(job.cores),
    pythonFolder: pythonFolder(),
    windows: onWindows,
  })
  await vscode.env.clipboard.writeText(commandLine)
  const gap = inputGap(spec, onWindows)
  if (gap) void vscode.window.showInformationMessage(`Copied the command of “${job.name}”. ${gap}`)
  return commandLine
}

/** Where Python finds the helper for workers. */
function pythonFolder(): string {
  return path.join(vscode.extensions.getExtension(OWN_ID)?.extensionPath ?? '', 'dist', 'python')
}

/** The thread variables that the job service sets, as far as the user has not. */
function threadEnvironment(cores: number): Record<string, string> {
  const env = readEnvironment()
  return Object.fromEntries(threadVariables.filter(name => !(name in env)).map(name => [name, String(cores)]))
}

/** Copies the pid, and returns it. */
export const copyPid: Command = async (context, argument) => {
  const job = await jobOf(context, argument, {
    placeholder: 'Whose process id is to be copied?',
    states: jobStates.filter(hasProcess),
    none: 'No job is running.',
  })
  if (!job) return undefined
  if (job.pid === undefined || !hasProcess(job.state)) {
    void vscode.window.showInformationMessage(`“${job.name}” has no process now.`)
    return undefined
  }
  await vscode.env.clipboard.writeText(String(job.pid))
  return job.pid
}

/** Writes the input of a job to a file: bytes, or the value as JSON. Takes `{ file }`; returns the path. */
export const saveInput: Command = async (context, argument) => {
  const job = await jobOf(context, argument, {
    placeholder: 'Whose input is to be saved?',
    none: 'There are no jobs in the history.',
  })
  const spec = job && (await context.client.service.getSpec({ id: job.id }))
  if (!job || !spec) return undefined
  const { stdin, protocol } = spec
  if (stdin === undefined || 'ask' in stdin) {
    const nothing = protocol ? 'was given no value' : 'reads nothing on stdin'
    const why = stdin === undefined ? nothing : 'has not been given its input yet'
    void vscode.window.showInformationMessage(`“${job.name}” ${why}.`)
    return undefined
  }
  const frame = protocol === 'frames' ? await readInput(stdin, job.cwd) : undefined
  const arrayBytes = frame ? arrayBytesOf(frame) : 0
  if (arrayBytes > MAX_ARRAY_BYTES_IN_JSON) {
    const sizes = `${formatBytes(arrayBytes)}; at most ${formatBytes(MAX_ARRAY_BYTES_IN_JSON)}`
    void vscode.window.showInformationMessage(
      `The arrays in the input of “${job.name}” take ${sizes} can be saved as JSON.`,
    )
    return undefined
  }
  const name = fileName(job.name, protocol ? '.json' : '.in')
  const given = optionOf(argument, 'file', 'string')
  const file = given === undefined ? (await pickFile(job, name))?.fsPath : workingFolder(given, defaultCwd())
  if (file === undefined) return undefined
  if (frame) await writeFile(file, await inputPieces(frame, context.client.folders))
  else await writeInput(stdin, job.cwd, file)
  return file
}

type GivenInput = Exclude<StoredInput, { ask: true }>

async function readInput(stdin: GivenInput, cwd: string): Promise<Uint8Array> {
  return 'file' in stdin ? readFile(path.resolve(cwd, stdin.file)) : inlineBytes(stdin)
}

async function writeInput(stdin: GivenInput, cwd: string, file: string): Promise<void> {
  if ('file' in stdin) await copyFile(path.resolve(cwd, stdin.file), file)
  else await writeFile(file, inlineBytes(stdin))
}

function inlineBytes(stdin: Exclude<GivenInput, { file: string }>): Buffer {
  return 'text' in stdin ? Buffer.from(stdin.text) : Buffer.from(stdin.base64, 'base64')
}
