// The answers of “Submit Job…” and the job spec that they make.
import { t } from '@vscode/l10n'
import type { JobSpec } from '../../../api'
import { joinWords } from '../../../core/base/quoting'
import { splitWords } from '../../../core/base/words'
import type { StoredInput, StoredSpec } from '../../../core/jobs/job'
import { defaultName } from '../../../core/jobs/jobName'
import { LOCAL_QUEUE } from '../../../core/jobs/queueConfig'
import { MAX_INLINE_BYTES } from '../../../core/protocol/limits'
import { isVariable, type VariableContext } from '../../settings/variables'
import { buildCommand, resolveOutput, resolvePath } from './commandModel'
import { queueOf } from './queueStep'

export type InputChoice =
  | { kind: 'none' }
  | { kind: 'file'; file: string }
  | { kind: 'text'; text: string }
  /** Run with changes: what the job read before. */
  | { kind: 'same' }

export interface SubmitDraft {
  commandLine: string
  inShell: boolean
  input: InputChoice
  /** As typed; empty keeps stdout in the history. */
  saveAs: string
  queue: string
  name: string
}

export const emptyDraft: Readonly<SubmitDraft> = {
  commandLine: '',
  inShell: false,
  input: { kind: 'none' },
  saveAs: '',
  queue: LOCAL_QUEUE,
  name: '',
}

/** The default name of the job. */
export function nameOfCommandLine({ commandLine, inShell }: Pick<SubmitDraft, 'commandLine' | 'inShell'>): string {
  return defaultName(
    inShell ? { command: [commandLine], shell: true } : { command: splitWords(commandLine, isVariable).words },
  )
}

export function specOf(draft: SubmitDraft, context: VariableContext, python?: string): JobSpec {
  const { input } = draft
  const file = resolveOutput(draft.saveAs, context)
  return {
    ...buildCommand(draft.commandLine, draft.inShell, context, python),
    name: draft.name.trim() || nameOfCommandLine(draft),
    cwd: context.cwd,
    ...(input.kind === 'file' && { stdin: { file: resolvePath(input.file, context) } }),
    ...(input.kind === 'text' && { stdin: input.text }),
    ...(file !== undefined && { stdout: { file } }),
    ...queueOf(draft),
  } as JobSpec
}

/** The answers that would make this job again. */
export function draftOf(spec: StoredSpec): SubmitDraft {
  const inShell = spec.shell !== undefined && spec.shell !== false
  return {
    commandLine: inShell ? (spec.command[0] ?? '') : joinWords(spec.command),
    inShell,
    input: spec.stdin === undefined ? { kind: 'none' } : { kind: 'same' },
    saveAs: typeof spec.stdout === 'object' ? spec.stdout.file : '',
    queue: spec.queue ?? LOCAL_QUEUE,
    name: spec.name,
  }
}

function storedInput(draft: SubmitDraft, context: VariableContext): StoredInput | undefined {
  const { input } = draft
  if (input.kind === 'same') return undefined
  if (input.kind === 'file') return { file: resolvePath(input.file, context) }
  const text = input.kind === 'text' ? input.text : ''
  if (Buffer.byteLength(text) > MAX_INLINE_BYTES) {
    throw new Error(t('The selection is larger than 64 KB. Save it as a file and choose the file as input.'))
  }
  return { text }
}

/** The changes to the job that is run again. Throws a sentence. */
export function changesOf(
  spec: StoredSpec,
  draft: SubmitDraft,
  context: VariableContext,
  python?: string,
): Partial<StoredSpec> {
  const before = draftOf(spec)
  const changes: Partial<StoredSpec> = {}
  if (draft.commandLine !== before.commandLine || draft.inShell !== before.inShell) {
    const { command, shell, env } = buildCommand(draft.commandLine, draft.inShell, context, python)
    changes.command = command
    if (draft.inShell !== before.inShell) changes.shell = shell ?? false
    if (env) changes.env = { ...env, ...spec.env } // variables such as `${file}` keep their values
  }
  const stdin =
    draft.input.kind === before.input.kind && draft.input.kind === 'none' ? undefined : storedInput(draft, context)
  if (stdin) changes.stdin = stdin
  if (draft.saveAs.trim() !== before.saveAs) {
    const file = resolveOutput(draft.saveAs, context)
    changes.stdout = file === undefined ? 'bytes' : { file }
  }
  if (draft.queue !== before.queue) changes.queue = draft.queue
  const name = draft.name.trim() || nameOfCommandLine(draft)
  if (name !== spec.name) changes.name = name
  return changes
}
