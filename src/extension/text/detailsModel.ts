// What the details of a job say beside its row, from what it was submitted with and from the ends of its streams.
import path from 'node:path'
import { t } from '@vscode/l10n'
import { joinWords } from '../../core/base/quoting'
import { definedOf } from '../../core/base/records'
import { makerName, type StoredInput, type StoredSpec } from '../../core/jobs/job'
import { scriptOf } from '../../core/jobs/jobName'
import { type JobDetails, type JobFile, jobFiles, type OutputTail } from '../../core/pages/jobDetails'
import { formatBytes, formatDuration, plural } from '../../core/protocol/format'
import { truncateText } from '../../core/protocol/truncate'
import { isText } from './outputModel'

export const noTail: OutputTail = { text: '', total: 0, isCut: false, isBinary: false }

/** @param offset of the bytes in their stream */
export function tailOf(bytes: Uint8Array, offset: number, total: number): OutputTail {
  // what is cut begins with a whole line, or at least with a whole character
  const firstLine = offset > 0 ? bytes.indexOf(0x0a) + 1 : 0
  const firstCharacter = offset > 0 ? bytes.findIndex(byte => (byte & 0xc0) !== 0x80) : 0
  const text = bytes.subarray(firstLine > 0 && firstLine < bytes.length ? firstLine : Math.max(0, firstCharacter))
  const isBinary = bytes.length > 0 && !isText(text, true)
  return { text: isBinary ? '' : new TextDecoder().decode(text), total, isCut: offset > 0, isBinary }
}

/** What does not change while the job is the same. */
export type FromSpec = Omit<JobDetails, 'job' | 'turn' | 'usage' | 'stdout' | 'stderr'>

/** The absolute paths of what of a job is on a disk. */
export function filesOf(spec: StoredSpec): Partial<Record<JobFile, string>> {
  const { cwd, stdin, stdout, stderr } = spec
  const absolute = (file: string | undefined) => file && path.resolve(cwd, file)
  const files: Record<JobFile, string | undefined> = {
    folder: cwd,
    script: absolute(scriptOf(spec)),
    input: absolute(stdin && 'file' in stdin && !stdin.owned ? stdin.file : undefined),
    stdout: absolute(typeof stdout === 'object' ? stdout.file : undefined),
    stderr: absolute(stderr?.file),
  }
  return definedOf(files, ...jobFiles)
}

export function detailsOf(spec: StoredSpec): FromSpec {
  const files = filesOf(spec)
  const { script, stdout: stdoutFile, stderr: stderrFile } = files
  const input = inputWords(spec.stdin, spec)
  return {
    files: jobFiles.filter(file => files[file] !== undefined),
    ...(script !== undefined && { script }),
    commandLine: truncateText(commandLineOf(spec)),
    env: [
      ...Object.entries(spec.env ?? {}).map(([name, value]) => ({ name, value: value && truncateText(value, 500) })),
      ...(spec.secretEnv ?? []).map(name => ({ name })),
    ].slice(0, MAX_VARIABLES),
    ...(input !== undefined && { input }),
    ...(stdoutFile !== undefined && { stdoutFile }),
    ...(stderrFile !== undefined && { stderrFile }),
    options: optionWords(spec),
  }
}

/** More are not shown. */
const MAX_VARIABLES = 100

/** A command of a shell is one already. */
function commandLineOf({ command, shell, wrapper = [] }: StoredSpec): string {
  return shell ? command.join(' ') : joinWords([...wrapper, ...command])
}

function inputWords(stdin: StoredInput | undefined, { cwd, protocol }: StoredSpec): string | undefined {
  if (stdin === undefined) return undefined
  if ('ask' in stdin) return t`made by the ${makerName(stdin.handler)} when it starts`
  if ('file' in stdin) return stdin.owned ? t('from the window that submitted it') : path.resolve(cwd, stdin.file)
  if (protocol) return t('a value')
  return 'text' in stdin
    ? t`${formatBytes(Buffer.byteLength(stdin.text))} of text`
    : formatBytes(Buffer.from(stdin.base64, 'base64').length)
}

function optionWords(spec: StoredSpec): string[] {
  const { timeoutSeconds, noOutputTimeoutSeconds, retries = 0, rerunnable, okExitCodes, keepAlive, shell } = spec
  const seconds = (n: number) => formatDuration(n * 1000)
  return [
    ...(shell ? [t`run with ${typeof shell === 'string' ? shell : t('the shell of the system')}`] : []),
    ...(timeoutSeconds === undefined ? [] : [t`ended after ${seconds(timeoutSeconds)}`]),
    ...(noOutputTimeoutSeconds === undefined ? [] : [t`ended after ${seconds(noOutputTimeoutSeconds)} without output`]),
    ...(retries > 0 ? [plural(retries, t('tried again once at most'), t`tried again ${retries} times at most`)] : []),
    ...(rerunnable ? [t('run again when it is lost')] : []),
    ...(okExitCodes ? [t`exit codes ${okExitCodes.join(', ')} are fine`] : []),
    ...(keepAlive ? [t('its process is kept for more jobs')] : []),
  ]
}
