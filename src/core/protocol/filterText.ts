// What a person types to find jobs: words and conditions, as `sub-01 state:failed exit:>0 memory:>2GB -name:test`. All of them
// must hold. What is half typed says nothing yet; what is wrong is said in one sentence, and the rest holds.
import { t } from '@vscode/l10n'
import type { JobState } from '../../api'
import { jobStates } from '../jobs/job'
import type { BatchInfo } from './facts'
import { statesOf, type Tally } from './format'

export const textFields = ['name', 'command', 'folder', 'error', 'queue', 'batch', 'signal', 'id'] as const
export type TextField = (typeof textFields)[number]

export const numberFields = ['exit', 'memory', 'duration', 'cpu', 'attempt', 'priority', 'cores'] as const
export type NumberField = (typeof numberFields)[number]

export const filterFields = ['state', ...textFields, ...numberFields] as const

export type Comparison = '<' | '<=' | '=' | '>=' | '>'

export type Condition = { not?: true } & (
  | { kind: 'words'; text: string }
  | { kind: 'text'; field: TextField; text: string }
  | { kind: 'states'; states: readonly JobState[] }
  /** Bytes, milliseconds of `duration`, seconds of `cpu`, or a number. */
  | { kind: 'number'; field: NumberField; is: Comparison; value: number }
)

export interface ParsedFilter {
  conditions: readonly Condition[]
  /** One sentence for each mistake. */
  problems: readonly string[]
}

/** Longer texts are cut where they are typed. */
export const MAX_FILTER_LENGTH = 1000

/** What is shown as one number is found by one word; all other states have their own name. */
const stateWords: Readonly<Record<keyof Tally, true>> = {
  running: true,
  queued: true,
  failed: true,
  unknown: true,
  cancelled: true,
  succeeded: true,
}

/** Words behind `state:`. */
export const filterStates = Object.keys(stateWords) as readonly (keyof Tally)[]

function statesNamed(word: string): readonly JobState[] | undefined {
  if (Object.hasOwn(stateWords, word)) return statesOf(word as keyof Tally)
  const exact = jobStates.find(state => state.toLowerCase() === word)
  return exact && [exact]
}

/** A piece of the text between blanks, which are part of it inside of quotes. */
export interface Token {
  from: number
  to: number
  not: boolean
  /** What stands before the colon, when it is the name of a field. */
  field?: (typeof filterFields)[number]
  /** The rest, without quotes. */
  value: string
}

const tokenPattern = /(?:"[^"]*"?|[^\s"])+/g

export function tokensOf(text: string): Token[] {
  return Array.from(text.matchAll(tokenPattern), ({ 0: raw, index }) => {
    const not = raw.length > 1 && raw.startsWith('-')
    const rest = not ? raw.slice(1) : raw
    const [, name = '', value = ''] = /^([a-z]+):(.*)$/is.exec(rest) ?? []
    const field = filterFields.find(known => known === name.toLowerCase())
    const span = { from: index, to: index + raw.length, not }
    return { ...span, ...(field && { field }), value: (field ? value : rest).replaceAll('"', '') }
  })
}

export function parseFilter(text: string): ParsedFilter {
  const conditions: Condition[] = []
  const problems: string[] = []
  for (const token of tokensOf(text.slice(0, MAX_FILTER_LENGTH))) {
    if (token.value === '') continue
    const parsed = conditionOf(token)
    if (typeof parsed === 'string') problems.push(parsed)
    else if (parsed) conditions.push({ ...parsed, ...(token.not && { not: true as const }) })
  }
  return { conditions, problems }
}

/** A sentence when it is wrong; nothing while it is being typed. */
function conditionOf({ field, value }: Token): Condition | string | undefined {
  if (field === undefined) return { kind: 'words', text: value }
  if (field === 'state') return statesCondition(value)
  const text = textFields.find(known => known === field)
  if (text) return { kind: 'text', field: text, text: value }
  return numberCondition(field as NumberField, value)
}

function statesCondition(value: string): Condition | string {
  const words = value.split(',').filter(word => word !== '')
  const unknown = words.find(word => !statesNamed(word.toLowerCase()))
  if (unknown !== undefined) return t`“${unknown}” is no state: use one of ${filterStates.join(', ')}.`
  return { kind: 'states', states: words.flatMap(word => statesNamed(word.toLowerCase()) ?? []) }
}

/** How the numbers of a field are written. */
interface Notation {
  read(text: string): number | undefined
  example: string
  /** Such numbers are hardly ever equal. */
  isMeasured?: true
}

const whole: Omit<Notation, 'example'> = { read: text => (/^-?\d{1,15}$/.test(text) ? Number(text) : undefined) }

const notations: Readonly<Record<NumberField, Notation>> = {
  exit: { ...whole, example: 'exit:>0' },
  attempt: { ...whole, example: 'attempt:>1' },
  priority: { ...whole, example: 'priority:>0' },
  cores: { ...whole, example: 'cores:>1' },
  memory: { read: readBytes, example: 'memory:>2GB', isMeasured: true },
  duration: { read: text => times(readSeconds(text), 1000), example: 'duration:>1m30s', isMeasured: true },
  cpu: { read: readSeconds, example: 'cpu:>10s', isMeasured: true },
}

function numberCondition(field: NumberField, value: string): Condition | string | undefined {
  const { read, example, isMeasured } = notations[field]
  const [, sign = '', text = ''] = /^([<>]=?|=)?(.*)$/.exec(value) as RegExpExecArray
  if (text === '') return undefined
  const number = read(text)
  if (number === undefined) return t`“${field}:${value}” cannot be compared: write it as in ${example}.`
  if (isMeasured && (sign === '' || sign === '=')) return t`“${field}:${value}” needs < or >, as in ${example}.`
  return { kind: 'number', field, is: (sign || '=') as Comparison, value: number }
}

const byteUnits = ['B', 'KB', 'MB', 'GB', 'TB']

/** With a unit of 1024, as sizes are shown. */
function readBytes(text: string): number | undefined {
  const [, number, unit = ''] = /^(\d{1,15}(?:\.\d{1,9})?)([KMGT]?i?B?)$/i.exec(text) ?? []
  const letter = unit.toUpperCase().replace('I', '').replace(/B?$/, 'B')
  const power = byteUnits.indexOf(letter)
  return number === undefined || unit === '' || power < 0 ? undefined : Number(number) * 1024 ** power
}

const secondsOf: Readonly<Record<string, number>> = { d: 86_400, h: 3600, m: 60, s: 1, ms: 0.001 }

/** `90`, `90s`, `1m30s`, `2h`, `500ms`. */
function readSeconds(text: string): number | undefined {
  if (/^\d{1,12}(\.\d{1,9})?$/.test(text)) return Number(text)
  const part = /(\d{1,12}(?:\.\d{1,9})?)(ms|[dhms])/gi
  if (text.replace(part, '') !== '') return undefined
  return [...text.matchAll(part)].reduce(
    (sum, [, n, unit]) => sum + Number(n) * (secondsOf[String(unit).toLowerCase()] ?? 0),
    0,
  )
}

function times(n: number | undefined, by: number): number | undefined {
  return n === undefined ? undefined : n * by
}

/** A text as one token: in quotes where it has blanks. */
export function quoted(text: string): string {
  const plain = text.replaceAll('"', '')
  return /\s/.test(plain) ? `"${plain}"` : plain
}

/** A name as it can be typed: letters of any case, without quotes, which are those of the filter. */
export function plainName(name: string): string {
  return name.replaceAll('"', '').trim().toLowerCase()
}

/** Of a batch whose name others have, too: the end of its id. */
export const batchEnd = /#([0-9a-f]{8})$/
const END_LENGTH = 8
/** A longer name is no shorter than the id. */
const MAX_NAME_LENGTH = 80

/** The condition that finds the jobs of this batch alone: `batch:"segment T1w"`, `batch:"segment T1w #3f2a91c0"`. */
export function batchCondition({ id, name, isNamesake }: Pick<BatchInfo, 'id' | 'name' | 'isNamesake'>): string {
  const isLong = name.length > MAX_NAME_LENGTH || plainName(name) === ''
  const end = isNamesake || isLong ? `#${id.slice(-END_LENGTH)}` : ''
  return `batch:${quoted([isLong ? '' : name.trim(), end].filter(Boolean).join(' '))}`
}

/** The text with this condition in place of others of its field. */
export function withCondition(text: string, field: (typeof filterFields)[number], value: string): string {
  const others = tokensOf(text)
    .filter(token => token.field !== field)
    .map(({ from, to }) => text.slice(from, to))
  return [...others, `${field}:${value}`].join(' ')
}

/** What may stand in place of what is being typed. */
export interface Completions {
  /** What is replaced. */
  from: number
  to: number
  items: readonly { text: string; meaning: string }[]
}

const meanings: Readonly<Record<(typeof filterFields)[number], string>> = {
  state: t('failed, running, queued …'),
  name: t('part of the name'),
  command: t('part of the command'),
  folder: t('part of the working folder'),
  error: t('part of what the failure says'),
  queue: t('name of the queue'),
  batch: t('part of the name of the batch, or its id'),
  signal: t('what ended it, as SIGKILL'),
  id: t('beginning of the id'),
  exit: t('exit code, as exit:>0'),
  memory: t('the most it took, as memory:>2GB'),
  duration: t('as duration:>1m30s'),
  cpu: t('CPU time, as cpu:>10s'),
  attempt: t('as attempt:>1'),
  priority: t('as priority:>0'),
  cores: t('as cores:>1'),
}

function tokenAt(text: string, caret: number): Token | undefined {
  return tokensOf(text).find(({ from, to }) => from <= caret && caret <= to)
}

/** What has been typed of the name of a batch; `undefined` where none is typed. */
export function batchTyped(text: string, caret: number): string | undefined {
  const token = tokenAt(text, caret)
  return token?.field === 'batch' ? token.value : undefined
}

/**
 * For the caret behind `caret` characters.
 * @param batches names that may follow `batch:`
 */
export function completionsOf(text: string, caret: number, batches: readonly string[] = []): Completions {
  const token = tokenAt(text, caret)
  if (!token) return { from: caret, to: caret, items: [] }
  const { from, to, not, field, value } = token
  if (field === 'state') {
    const typed = value.split(',').at(-1)?.toLowerCase() ?? ''
    const items = filterStates.filter(word => word.startsWith(typed) && word !== typed)
    return { from: to - typed.length, to, items: items.map(word => ({ text: `${word} `, meaning: '' })) }
  }
  if (field === 'batch') {
    const typed = plainName(value)
    const items = batches.filter(name => plainName(name).includes(typed) && plainName(name) !== typed)
    const start = from + (not ? 1 : 0) + `${field}:`.length
    return { from: start, to, items: items.map(name => ({ text: `${quoted(name)} `, meaning: '' })) }
  }
  if (field !== undefined || value === '') return { from: caret, to: caret, items: [] }
  const items = filterFields.filter(name => name.startsWith(value.toLowerCase()))
  return { from: from + (not ? 1 : 0), to, items: items.map(name => ({ text: `${name}:`, meaning: meanings[name] })) }
}
