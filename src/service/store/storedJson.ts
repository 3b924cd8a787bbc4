// Reads the JSON of the store's rows. One that cannot be read stands alone: it must not hide all others.
import type { JobState } from '../../api'
import { type StoredSpec, transitions } from '../../core/jobs/job'
import type { Facts } from './records'

/** The name that a job has whose spec is lost. */
const UNREADABLE = '(unreadable)'

/** `undefined` for text that is no JSON object. */
export function parseObject<T extends object>(text: string): T | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as T) : undefined
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

/** Whether it was lost what the job is. */
export function isUnreadable({ command }: StoredSpec): boolean {
  return command.length === 1 && command[0] === UNREADABLE
}

export function readFacts(text: string | null): Facts {
  return (text ? parseObject<Facts>(text) : undefined) ?? {}
}

/** A state that nobody knows says as little as none. */
export function readState(text: string): JobState {
  return text in transitions ? (text as JobState) : 'lost'
}
