// Reads the JSON of the store's rows. A row that cannot be read must not make the others unreadable.
import type { JobState } from '../../api'
import { isRecord } from '../../core/base/records'
import { type StoredSpec, transitions } from '../../core/jobs/job'
import type { Facts } from './records'

/** The name that a job has whose spec is lost. */
const UNREADABLE = '(unreadable)'

/** `undefined` for text that is no JSON object. */
export function parseObject<T extends object>(text: string): T | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isRecord(value) ? (value as T) : undefined
  } catch {
    return undefined
  }
}

/** `undefined` for text that is no list of names. */
export function parseNames(text: string): string[] | undefined {
  const object = parseObject<{ names: unknown }>(`{"names":${text}}`)
  const names = object?.names
  return Array.isArray(names) && names.every(name => typeof name === 'string') ? names : undefined
}

export function readSpec(text: string, id: string): StoredSpec {
  const spec = parseObject<StoredSpec>(text)
  const isWhole = spec && typeof spec.name === 'string' && Array.isArray(spec.command) && typeof spec.cwd === 'string'
  return isWhole ? spec : { id, name: UNREADABLE, command: [UNREADABLE], cwd: '' }
}

/** Whether the command of the job was lost. */
export function isUnreadable({ command }: StoredSpec): boolean {
  return command.length === 1 && command[0] === UNREADABLE
}

export function readFacts(text: string | null): Facts {
  return (text ? parseObject<Facts>(text) : undefined) ?? {}
}

/** An unknown state is as good as none: the outcome is unknown. */
export function readState(text: string): JobState {
  return text in transitions ? (text as JobState) : 'lost'
}
