// A job spec as plain data for the service.
import type { JobInput, JobSpec } from '../../api'
import type { NamedHandler, StoredInput, StoredSpec } from '../../core/jobs/job'
import { defaultName } from '../../core/jobs/jobName'
import { MAX_INLINE_BYTES, MAX_SPEC_BYTES } from '../../core/protocol/limits'
import { messageProtocol } from '../../core/values/workerMessages'
import { storeJobInput } from '../values/jobInput'
import { isNamedInput, type NamedInput } from '../values/namedHandlers'
import type { ValueFolders } from '../values/values'
import type { JobHandle } from './jobHandle'
import { workingFolder } from './workingFolder'

/** A control character, as JSON writes it: the most that one takes. */
const BYTES_OF_CHARACTER = 6

/** What only the window knows. */
export interface StoreContext {
  defaultCwd(): string
  readonly folders: ValueFolders
}

/** About how many bytes the spec takes in a message. */
export function specBytes({ name, command, wrapper, env, cwd, stdin, resultHandler }: JobSpec<unknown>): number {
  let bytes = 200 + (cwd?.length ?? 0) + (name?.length ?? 0)
  if (resultHandler) bytes += JSON.stringify(resultHandler).length
  for (const word of command) bytes += word.length
  for (const word of wrapper ?? []) bytes += word.length
  for (const name in env) bytes += name.length + (env[name]?.length ?? 4) + 6
  if (typeof stdin === 'string') bytes += Math.min(stdin.length, MAX_INLINE_BYTES)
  else if (ArrayBuffer.isView(stdin)) bytes += Math.min(stdin.byteLength * 1.4, 1.4 * MAX_INLINE_BYTES)
  else if (isNamedInput(stdin)) bytes += JSON.stringify(stdin).length
  else if (typeof stdin === 'object' && !('file' in stdin)) bytes += valueBytes(stdin)
  return bytes
}

/** Whether its bytes must be counted: mostly it is far from the limit. */
export function mayBeTooLarge(spec: JobSpec<unknown>): boolean {
  return specBytes(spec) * BYTES_OF_CHARACTER > MAX_SPEC_BYTES
}

/** Numbers and short texts, of which there may be many thousands, count as what they are. */
function valueBytes(stdin: object): number {
  const value = 'value' in stdin ? stdin.value : 'json' in stdin ? stdin.json : stdin
  if (typeof value === 'string') return Math.min(value.length + 20, MAX_INLINE_BYTES)
  return typeof value === 'object' && value !== null ? MAX_INLINE_BYTES : 20
}

/** At once when the input is small or a file; a large one is written to the spool folder first. */
export function toStored(job: JobHandle<unknown>, context: StoreContext): StoredSpec | Promise<StoredSpec> {
  const { stdin } = job.spec
  if (stdin === undefined) return build(job, context, undefined)
  if (typeof stdin === 'function') return build(job, context, { ask: true })
  if (isNamedInput(stdin)) return build(job, context, { ask: true, handler: handlerOf(stdin) })
  const { id, spec } = job
  const stored = storeJobInput(stdin as JobInput, { id, protocol: spec.protocol }, context.folders)
  return stored instanceof Promise ? stored.then(input => build(job, context, input)) : build(job, context, stored)
}

function handlerOf({ handler, context }: NamedInput): NamedHandler {
  return { id: handler, ...(context !== undefined && { context }) }
}

function build(
  { id, spec, owner }: JobHandle<unknown>,
  context: StoreContext,
  stdin: StoredInput | undefined,
): StoredSpec {
  const {
    stdout,
    onStdout: _1,
    onStderr: _2,
    onProgress: _3,
    onResult: _4,
    dependsOn: _5,
    stdin: _6,
    protocol: given,
    keepAlive,
    ...plain
  } = spec
  const protocol = messageProtocol(given)
  return {
    ...plain,
    id,
    name: spec.name ?? defaultName(spec),
    cwd: workingFolder(spec.cwd, context.defaultCwd()),
    ...(stdin && { stdin }),
    ...(stdout !== undefined && { stdout: typeof stdout === 'function' ? 'function' : stdout }),
    ...(protocol && { protocol }),
    ...(keepAlive && { keepAlive: keepAlive === true ? {} : keepAlive }),
    ...(owner.resultsInHistory && { keep: true }),
  } as StoredSpec
}
