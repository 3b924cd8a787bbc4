// The environment that a job sees: the window's without what belongs to VS Code, the job's differences, and what every
// job is told about itself. In the job service and its runners.
import path from 'node:path'
import { threadVariables } from '../core/threadVariables'
import { ARRAYS_VARIABLE, PROTOCOL_VARIABLE } from '../core/workerMessages'
import type { ProtocolSpec } from './runTypes'

const onWindows = process.platform === 'win32'

/** VS Code's, Electron's and code-server's own; the exceptions are the ones that VS Code gives to its terminals. */
const editorVariable = new RegExp(
  '^(ELECTRON_.*|VSCODE_(?!PORTABLE$|SHELL_LOGIN$|ENV_).*|SNAP(_.*)?|CODE_SERVER_.*|CS_.*|GDK_PIXBUF_.*|NODE_OPTIONS)$',
  onWindows ? 'i' : '',
)

/** A window's environment without the editor's own variables; once per window. */
export function scrubEnvironment(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const scrubbed: Record<string, string> = {}
  for (const [name, value] of Object.entries(env))
    if (value !== undefined && !editorVariable.test(name)) scrubbed[name] = value
  return scrubbed
}

/** With differences applied, `null` removing; on Windows a name is the same in any case. */
export function mergeEnvironment(
  env: Readonly<Record<string, string>>,
  differences: Readonly<Record<string, string | null>> | undefined,
): Readonly<Record<string, string>> {
  if (!differences) return env
  const merged: Record<string, string> = { ...env }
  for (const [name, value] of Object.entries(differences)) {
    if (onWindows)
      for (const other of Object.keys(merged)) if (other.toUpperCase() === name.toUpperCase()) delete merged[other]
    if (value === null) delete merged[name]
    else merged[name] = value
  }
  return merged
}

const secretPart = /TOKEN|SECRET|PASSWORD|KEY/i

/** Whether the value of a variable is to be kept out of the store and the log. `extra` names more, in any case. */
export function isSecretName(name: string, extra: readonly string[]): boolean {
  return secretPart.test(name) || extra.some(other => other.toUpperCase() === name.toUpperCase())
}

/**
 * What a job sees. The variables of `env` are inherited, not copied: that is a copy of some hundred strings less for
 * each job, and `spawn` reads inherited ones too.
 */
export function jobEnvironment(
  job: { id: string; name: string; cores: number; cwd: string; protocol?: ProtocolSpec },
  env: Readonly<Record<string, string>>,
): Record<string, string> {
  const own: Record<string, string> = Object.create(env)
  own.HEADLESS_JOB_ID = job.id
  // A variable cannot hold a NUL, a name can.
  own.HEADLESS_JOB_NAME = job.name.replaceAll('\0', '')
  const cores = String(job.cores)
  own.HEADLESS_JOB_CORES = cores
  if (!('PYTHONUNBUFFERED' in env)) own.PYTHONUNBUFFERED = '1'
  for (const name of threadVariables) if (!(name in env)) own[name] = cores
  if (job.protocol) {
    const { name, arrayFolders, pythonFolder } = job.protocol
    own[PROTOCOL_VARIABLE] = name
    own[ARRAYS_VARIABLE] = arrayFolders.join(path.delimiter)
    // after what the user has set: a helper of his own comes first
    own.PYTHONPATH = env.PYTHONPATH ? `${env.PYTHONPATH}${path.delimiter}${pythonFolder}` : pythonFolder
  }
  // As a terminal in that folder would have it; the window's own would name another folder.
  if (!onWindows) own.PWD = job.cwd
  return own
}
