// The files of jobs that are jobs of a cluster, on a disk that its nodes see: one with what the jobs of an array are, of which each
// reads its own part, and one for each that has begun, with what has become of it.
import type { FromRunner, ToRunner } from './runnerProtocol'

/** One job of an array, as a runner is given it. */
export interface Task {
  readonly id: string
  readonly messages: readonly ToRunner[]
}

/** What has become of it so far, as a runner says it. */
export interface TaskStatus {
  /** Where it runs. */
  host: string
  started?: Extract<FromRunner, { type: 'started' }>
  changed?: Extract<FromRunner, { type: 'changed' }>
  ended?: Extract<FromRunner, { type: 'ended' }>
}

/** Of each line at the beginning of the file of an array: its title, how many jobs it has, and where each of those is. */
export const RECORD_BYTES = 64
const TITLE = record('headless-jobs array 1')
/** Where it says how many it has, and what Slurm calls it. */
export const ARRAY_OFFSET = RECORD_BYTES
/** In place of the line of a job that is not to begin, or of which nothing has to be known any more. */
export const NO_RECORD = Buffer.from(record('-'))
/** The ending of the file of an array. */
export const ARRAY_ENDING = '.jobs'
const STATUS_ENDING = '.json'

/** What the script of an array ends with where that says why a job has not begun; 77 is that there is no Node. */
export const TASK_EXITS = { unreadable: 78, unwritable: 79 } as const

function record(text: string): string {
  return `${text.padEnd(RECORD_BYTES - 1)}\n`
}

/** Where the line of a job is. */
export function recordOffset(index: number): number {
  return RECORD_BYTES * (index + 2)
}

/** @param id of its job in Slurm, once that is known */
export function arrayRecord(count: number, id = ''): Buffer {
  return Buffer.from(record(`${count} ${id}`))
}

/** An array without jobs is one that cannot be read. */
export function readArrayRecord(line: Uint8Array): { count: number; id?: string } {
  const [count = '', id = ''] = Buffer.from(line).toString().trim().split(' ')
  return { count: Number.parseInt(count, 10) || 0, ...(id !== '' && { id }) }
}

export function writeArray(tasks: readonly Task[]): Buffer {
  const parts = tasks.map(({ messages }) => Buffer.from(JSON.stringify(messages)))
  let at = recordOffset(tasks.length)
  const lines = tasks.map(({ id }, i) => {
    const bytes = parts[i]?.length ?? 0
    at += bytes
    return record(`${id} ${at - bytes} ${bytes}`)
  })
  return Buffer.concat([Buffer.from(TITLE), arrayRecord(tasks.length), Buffer.from(lines.join('')), ...parts])
}

/** Where a job is in the file; `undefined` of one that is not to begin. */
export function readRecord(line: Uint8Array): { id: string; offset: number; bytes: number } | undefined {
  const [id = '', offset, bytes] = Buffer.from(line).toString().trim().split(' ')
  return bytes === undefined ? undefined : { id, offset: Number(offset), bytes: Number(bytes) }
}

/** @param array the name of its file, without the ending */
export function statusFile(array: string, index: number): string {
  return `${array}-${index}${STATUS_ENDING}`
}

/** @returns undefined for a file of something else */
export function readStatusName(name: string): { array: string; index: number } | undefined {
  const found = /^(?<array>[0-9a-f]+)-(?<index>\d+)\.json$/.exec(name)?.groups
  return found && { array: found.array ?? '', index: Number(found.index) }
}
