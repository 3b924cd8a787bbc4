// The environment of a job: the window's without what belongs to VS Code, the job's differences, and variables that
// describe the job.
import path from 'node:path'
import { removeVariable } from '../../core/base/programSearch'
import { emptyRecord } from '../../core/base/records'
import { threadVariables } from '../../core/base/threadVariables'
import { ARRAYS_VARIABLE, PROTOCOL_VARIABLE } from '../../core/values/workerMessages'
import type { JobContainer, ProtocolSpec } from '../base/runTypes'

const onWindows = process.platform === 'win32'

/**
 * Variables of VS Code, Electron, snap and code-server; the exceptions are those that VS Code gives to its terminals. Where
 * others use the same beginning (ESA's SNAP, a `CS_` or `ELECTRON_` of the user), the
 * names are listed.
 */
const editorVariable = new RegExp(
  `^(${[
    'VSCODE_(?!PORTABLE$|SHELL_LOGIN$|ENV_).*',
    'ELECTRON_(RUN_AS_NODE|NO_ASAR|NO_ATTACH_CONSOLE|ENABLE_LOGGING|ENABLE_STACK_DUMPING|LOG_FILE|LOG_ASAR_READS)',
    'ELECTRON_(DEBUG_(DRAG_REGIONS|NOTIFICATIONS)|DEFAULT_ERROR_MODE|DISABLE_SANDBOX|FORCE_IS_PACKAGED|OZONE_PLATFORM_HINT|TRASH)',
    'SNAP(_(ARCH|COMMON|CONTEXT|COOKIE|DATA|EUID|INSTANCE_(KEY|NAME)|LIBRARY_PATH|NAME|REAL_HOME|REEXEC|REVISION))?',
    'SNAP_(SAVE_DATA|UID|USER_COMMON|USER_DATA|VERSION|LAUNCHER_.*|DESKTOP_.*)',
    '[A-Z_]+_VSCODE_SNAP_ORIG',
    'GDK_PIXBUF_MODULE(_FILE|DIR)',
    'CODE_SERVER_.*',
    'CS_(DISABLE_(FILE_DOWNLOADS|FILE_UPLOADS|GETTING_STARTED_OVERRIDE|PROXY)|STATIC_BASE|TELEMETRY_URL)',
    'NODE_OPTIONS',
  ].join('|')})$`,
  onWindows ? 'i' : '',
)

/** A window's environment without the editor's own variables; once per window. */
export function scrubEnvironment(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const scrubbed = emptyRecord<string>()
  for (const [name, value] of Object.entries(env))
    if (value !== undefined && !editorVariable.test(name)) scrubbed[name] = value
  return scrubbed
}

/** With differences applied; `null` removes a variable; on Windows names have no case. */
export function mergeEnvironment(
  env: Readonly<Record<string, string>>,
  differences: Readonly<Record<string, string | null>> | undefined,
): Readonly<Record<string, string>> {
  if (!differences) return env
  const merged = Object.assign(emptyRecord<string>(), env)
  for (const [name, value] of Object.entries(differences)) {
    removeVariable(merged, name, onWindows)
    if (value !== null) merged[name] = value
  }
  return merged
}

/**
 * The variables of `env` are inherited through the prototype: that saves copying some hundred strings for each job, and
 * `spawn` reads inherited ones too.
 */
export function jobEnvironment(
  job: { id: string; name: string; cores: number; cwd: string; protocol?: ProtocolSpec; container?: JobContainer },
  env: Readonly<Record<string, string>>,
): Record<string, string> {
  const own: Record<string, string> = Object.create(env)
  own.HEADLESS_JOB_ID = job.id
  // A name may contain a NUL, a variable cannot.
  own.HEADLESS_JOB_NAME = job.name.replaceAll('\0', '')
  const cores = String(job.cores)
  own.HEADLESS_JOB_CORES = cores
  if (!('PYTHONUNBUFFERED' in env)) own.PYTHONUNBUFFERED = '1'
  for (const name of threadVariables) if (!(name in env)) own[name] = cores
  if (job.protocol) {
    const { name, arrayFolders, pythonFolder } = job.protocol
    own[PROTOCOL_VARIABLE] = name
    own[ARRAYS_VARIABLE] = arrayFolders.join(path.delimiter)
    // after what the user has set, so that another copy of the helper comes first
    own.PYTHONPATH = env.PYTHONPATH ? `${env.PYTHONPATH}${path.delimiter}${pythonFolder}` : pythonFolder
  }
  if (job.container?.runtime === 'charliecloud' && !('USER' in env)) own.USER = 'user' // it does not start without
  // As in a terminal in that folder; the window's value would name another folder.
  if (!onWindows) own.PWD = job.cwd
  return own
}
