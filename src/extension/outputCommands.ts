// Commands that bring what is known of a job to where it is needed: its output in an editor, its command line and pid in
// the clipboard, its input in a file. Runs in the window.
import { copyFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import * as vscode from 'vscode'
import type { JobInfo } from '../api'
import { formatBytes } from '../core/format'
import { hasProcess, isFinal, type StoredInput } from '../core/job'
import { threadVariables } from '../core/threadVariables'
import type { Command, CommandContext } from './commandContext'
import { jobOf } from './jobPicker'
import { endSentence } from './jobText'
import type { Stream } from './outputDocuments'
import { isText, SAMPLE_BYTES } from './outputModel'
import { readEnvironment } from './settings'
import { optionOf } from './targets'
import { forLine, inputGap, terminalLine } from './terminalLine'
import { onWindows } from './workspaceContext'

/** Opens what a job wrote; returns the URI that was opened. */
function show(stream: Stream): Command {
  return async (context, argument) => {
    const job = await jobOf(context, argument, {
      placeholder: stream === 'stdout' ? 'Whose output is to be shown?' : 'Whose stderr is to be shown?',
      none: 'There are no jobs in the history.',
    })
    return job && showStream(context, job, stream)
  }
}

export const showOutput = show('stdout')
export const showErrors = show('stderr')

async function showStream(context: CommandContext, job: JobInfo, stream: Stream): Promise<string | undefined> {
  const { client, documents } = context
  const spec = await client.service.getSpec({ id: job.id })
  const named = stream === 'stdout' ? spec?.stdout : spec?.stderr
  if (typeof named === 'object' && isFinal(job.state)) return showFile(job, path.resolve(job.cwd, named.file))
  const sample = await documents.slice({ id: job.id, stream }, 0, SAMPLE_BYTES)
  if (sample.total === 0) {
    void vscode.window.showInformationMessage(nothingSentence(job, stream))
    return undefined
  }
  const bytes = Buffer.from(sample.base64, 'base64')
  if (!isText(bytes, bytes.length < sample.total)) return offerToSave(context, job, stream, sample.total)
  return open(documents.uriOf(job.id, stream, job.name))
}

/** The file that the user named: its own viewer may know it. */
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

async function open(uri: vscode.Uri): Promise<string> {
  await vscode.commands.executeCommand('vscode.open', uri)
  return uri.toString()
}

function nothingSentence(job: JobInfo, stream: Stream): string {
  const yet = isFinal(job.state) ? '' : ' yet'
  const why = isFinal(job.state) && job.state !== 'succeeded' ? ` ${endSentence(job)}` : ''
  return `“${job.name}” wrote nothing to ${stream}${yet}.${why}`
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
  const uri = await askFile(job, documents.uriOf(job.id, stream, job.name).path)
  if (!uri) return undefined
  await writeFile(uri.fsPath, await documents.read({ id: job.id, stream }))
  return uri.toString()
}

function askFile(job: JobInfo, name: string): Thenable<vscode.Uri | undefined> {
  const defaultUri = vscode.Uri.file(path.join(job.cwd, path.posix.basename(name)))
  return vscode.window.showSaveDialog({ defaultUri, saveLabel: 'Save', title: `Save of ${job.name}` })
}

/** Puts the line that does the same in a terminal into the clipboard, and returns it. */
export const copyCommand: Command = async (context, argument) => {
  const job = await jobOf(context, argument, {
    placeholder: 'Whose command is to be copied?',
    none: 'There are no jobs in the history.',
  })
  const spec = job && (await context.client.service.getSpec({ id: job.id }))
  if (!job || !spec) return undefined
  const line = terminalLine(forLine(spec, onWindows), { serviceEnv: threadEnvironment(job.cores), windows: onWindows })
  await vscode.env.clipboard.writeText(line)
  const gap = inputGap(spec.stdin, onWindows)
  if (gap) void vscode.window.showInformationMessage(`Copied the command of “${job.name}”. ${gap}`)
  return line
}

/** The thread variables that the job service sets, as far as the user has not. */
function threadEnvironment(cores: number): Record<string, string> {
  const env = readEnvironment()
  return Object.fromEntries(threadVariables.filter(name => !(name in env)).map(name => [name, String(cores)]))
}

/** Puts the pid into the clipboard, and returns it. */
export const copyPid: Command = async (context, argument) => {
  const job = await jobOf(context, argument, {
    placeholder: 'Whose process id is to be copied?',
    states: ['starting', 'running', 'stopping'],
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

/** Writes the bytes that a job reads into a file. Takes `{ file }`; returns the path. */
export const saveInput: Command = async (context, argument) => {
  const job = await jobOf(context, argument, {
    placeholder: 'Whose input is to be saved?',
    none: 'There are no jobs in the history.',
  })
  const spec = job && (await context.client.service.getSpec({ id: job.id }))
  if (!job || !spec) return undefined
  const { stdin } = spec
  if (stdin === undefined || 'ask' in stdin) {
    const why = stdin === undefined ? 'reads nothing on stdin' : 'has not been given its input yet'
    void vscode.window.showInformationMessage(`“${job.name}” ${why}.`)
    return undefined
  }
  const file =
    optionOf(argument, 'file', 'string') ?? (await askFile(job, `${job.name.replace(/[/\\]/g, '_')}.in`))?.fsPath
  if (file === undefined) return undefined
  await writeInput(stdin, job.cwd, file)
  return file
}

async function writeInput(stdin: Exclude<StoredInput, { ask: true }>, cwd: string, file: string): Promise<void> {
  if ('file' in stdin) await copyFile(path.resolve(cwd, stdin.file), file)
  else await writeFile(file, 'text' in stdin ? stdin.text : Buffer.from(stdin.base64, 'base64'))
}
