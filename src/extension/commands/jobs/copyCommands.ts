// Commands that copy what belongs to one job: its command line and pid to the clipboard, its input to a file.
import { copyFile, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { t } from '@vscode/l10n'
import * as vscode from 'vscode'
import { workingFolder } from '../../../client/jobs/workingFolder'
import { arrayBytesOf, inputPieces, MAX_ARRAY_BYTES_IN_JSON } from '../../../client/values/plainValues'
import { threadVariables } from '../../../core/base/threadVariables'
import { hasProcess, jobStates, type StoredInput } from '../../../core/jobs/job'
import { formatBytes } from '../../../core/protocol/format'
import { readEnvironment } from '../../settings/settings'
import { defaultCwd, onWindows } from '../../settings/workspaceContext'
import { OWN_ID } from '../../text/notificationModel'
import { fileName } from '../../text/outputModel'
import { inputGap, terminalCommand, terminalSpec } from '../../text/terminalCommand'
import type { Command } from '../common/commandContext'
import { jobAndSpecOf, jobOf } from '../common/jobPicker'
import { optionOf } from '../common/targets'
import { pickFile } from './pickFile'

/** Copies the command line that does the same in a terminal, and returns it. */
export const copyCommand: Command = async (context, argument) => {
  const found = await jobAndSpecOf(context, argument, {
    placeholder: t('Whose command is to be copied?'),
    none: t('There are no jobs in the history.'),
  })
  if (!found) return undefined
  const { job, spec } = found
  const commandLine = terminalCommand(terminalSpec(spec, onWindows), {
    serviceEnv: threadEnvironment(job.cores),
    pythonFolder: pythonFolder(),
    windows: onWindows,
  })
  await vscode.env.clipboard.writeText(commandLine)
  const gap = inputGap(spec, onWindows)
  if (gap) void vscode.window.showInformationMessage(t`Copied the command of “${job.name}”. ${gap}`)
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
    placeholder: t('Whose process id is to be copied?'),
    states: jobStates.filter(hasProcess),
    none: t('No job is running.'),
  })
  if (!job) return undefined
  if (job.pid === undefined || !hasProcess(job.state)) {
    void vscode.window.showInformationMessage(t`“${job.name}” has no process now.`)
    return undefined
  }
  await vscode.env.clipboard.writeText(String(job.pid))
  return job.pid
}

/** Writes the input of a job to a file: bytes, or the value as JSON. Takes `{ file }`; returns the path. */
export const saveInput: Command = async (context, argument) => {
  const found = await jobAndSpecOf(context, argument, {
    placeholder: t('Whose input is to be saved?'),
    none: t('There are no jobs in the history.'),
  })
  if (!found) return undefined
  const { job, spec } = found
  const { stdin, protocol } = spec
  if (stdin === undefined || 'ask' in stdin) {
    const nothing = protocol ? t`“${job.name}” was given no value.` : t`“${job.name}” reads nothing on stdin.`
    const why = stdin === undefined ? nothing : t`“${job.name}” has not been given its input yet.`
    void vscode.window.showInformationMessage(why)
    return undefined
  }
  const frame = protocol === 'frames' ? await readInput(stdin, job.cwd) : undefined
  const arrayBytes = frame ? arrayBytesOf(frame) : 0
  if (arrayBytes > MAX_ARRAY_BYTES_IN_JSON) {
    const [size, most] = [formatBytes(arrayBytes), formatBytes(MAX_ARRAY_BYTES_IN_JSON)]
    void vscode.window.showInformationMessage(
      t`The arrays in the input of “${job.name}” take ${size}; at most ${most} can be saved as JSON.`,
    )
    return undefined
  }
  const name = fileName(job.name, protocol ? '.json' : '.in')
  const given = optionOf(argument, 'file', 'string')
  const file =
    given === undefined ? (await pickFile(job.cwd, job.name, name))?.fsPath : workingFolder(given, defaultCwd())
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
