// Finds jobs by the conditions of a filter, in SQL: reading 100,000 rows into this process would take longer than anybody waits.
import type { JobState } from '../../api'
import { failedStates } from '../../core/jobs/job'
import type { FindGrouping, FindOrder } from '../../core/protocol/facts'
import type { Comparison, Condition, NumberField, TextField } from '../../core/protocol/filterText'
import { statesOf } from '../../core/protocol/format'
import type { Value } from '../store/database'
import type { JobRecord } from '../store/records'
import { measured } from '../store/schema'
import type { Store } from '../store/store'
import { asNumber } from '../store/storedJson'

/** Jobs that one step looks at: a few milliseconds. */
const STEP = 5000

export interface FoundJob {
  seq: number
  pos: number
  /** By which it is sorted, the highest first; then by `pos`. */
  rank: number
  /** By which it is grouped: the `seq` of its batch, its state, its queue, or what its failure says. */
  label: string | number | null
}

type FoundValues = [seq: number, pos: number, rank: number, label: FoundJob['label']]

export interface JobSearchSpec {
  conditions: readonly Condition[]
  order: FindOrder
  group?: FindGrouping
}

/** Whether what is found, or its order, changes with the time alone. */
export function dependsOnTime({ conditions, order }: JobSearchSpec): boolean {
  return (
    order === 'duration' || conditions.some(condition => condition.kind === 'number' && condition.field === 'duration')
  )
}

const fact = (name: string) => `facts ->> '${name}'`
/** Replaced by the time when it is executed; no text that is typed has this in it. */
const NOW = '\0now\0'
/** That of one that runs grows. */
const durationOf = (startedAt: string, endedAt: string) =>
  `coalesce(${endedAt}, CASE WHEN ${startedAt} > 0 THEN ${NOW} END) - ${startedAt}`
const duration = durationOf(fact('startedAt'), fact('endedAt'))
const memory = fact('peakMemoryBytes')

const numbers: Readonly<Record<NumberField, string>> = {
  exit: fact('exitCode'),
  memory,
  duration,
  cpu: fact('cpuSeconds'),
  attempt: `earlierAttempts + max(1, coalesce(${fact('attempts')}, 1))`,
  priority: `coalesce(spec ->> 'priority', 0)`,
  cores: `coalesce(spec ->> 'cores', 1)`,
}

const errors = [fact('$.error.message'), fact('lastErrorLine')]
/** As JSON: the searched text is written so, too. */
const command = `spec -> 'command'`

/** Where a text is looked for; a batch is known by its number alone. */
const texts: Readonly<Record<Exclude<TextField, 'batch' | 'id'>, readonly string[]>> = {
  name: [`spec ->> 'name'`],
  command: [command],
  folder: [`spec ->> 'cwd'`],
  error: errors,
  queue: [`coalesce(spec ->> 'queue', 'local')`],
  signal: [fact('signal')],
}

/** Without the character that ends a statement. */
const quote = (text: string) => `'${text.replaceAll('\0', '').replaceAll("'", "''")}'`
const list = (states: readonly JobState[]) => states.map(quote).join(', ')

/** Running, failed, queued, and what has ended well or was cancelled. */
const importance = `CASE WHEN state IN (${list(statesOf('running'))}) THEN 3 WHEN state IN (${list(failedStates)}) THEN 2 WHEN state IN (${list(statesOf('queued'))}) THEN 1 ELSE 0 END`

const ranks: Readonly<Record<FindOrder, string>> = {
  newest: '0',
  matters: importance,
  duration: `coalesce(${duration}, -1)`,
  memory: `coalesce(${memory}, -1)`,
}

/** The same of jobs that have ended, as the index of the store has it. */
const measuredRanks: Partial<typeof ranks> = {
  duration: `coalesce(${durationOf(measured.startedAt, measured.endedAt)}, -1)`,
  memory: `coalesce(${measured.peakMemoryBytes}, -1)`,
}

const labels: Readonly<Record<FindGrouping, string>> = {
  batch: 'batch',
  state: 'state',
  queue: `CAST(coalesce(spec ->> 'queue', 'local') AS TEXT)`,
  // what it printed last says more than its exit code, except where the error is of a handler and complete
  failure: `CASE WHEN state IN (${list(failedStates)}) THEN CAST(coalesce(CASE WHEN ${fact('$.error.kind')} = 'handler' THEN NULL ELSE nullif(${fact('lastErrorLine')}, '') END, ${fact('$.error.message')}, '') AS TEXT) END`,
}

/** A row that is damaged is read as one without facts. */
const readable = (column: string) => `CASE WHEN json_valid(${column}) THEN ${column} ELSE '{}' END AS ${column}`
/** As they are in the store, for what need not read them. */
const asText = 'spec AS specText, facts AS factsText'
const stored = `seq, id, batch, pos, state, earlierAttempts, ${readable('spec')}, ${readable('facts')}, ${asText}`

const given = ['seq', 'id', 'batch', 'pos', 'state', 'earlierAttempts'].map(name => `value ->> '${name}' AS ${name}`)
const underWay = `${given.join(', ')}, ${['', 'Text'].map(as => `value -> 'spec' AS spec${as}, value -> 'facts' AS facts${as}`).join(', ')}`

export class JobSearch {
  readonly #store: Store
  readonly #select: string
  readonly #where: string
  /** Where the index has all that is asked for. */
  readonly #measuredRank: string | undefined

  /** @param batchesNamed the \`seq\` of each batch that a text means */
  constructor(store: Store, { conditions, order, group }: JobSearchSpec, batchesNamed: (text: string) => number[]) {
    this.#store = store
    this.#select = `SELECT seq, pos, ${asNumber(ranks[order])} AS rank, ${group ? labels[group] : 'NULL'} AS label`
    this.#measuredRank = conditions.length === 0 && !group ? measuredRanks[order] : undefined
    this.#where = ['1', ...conditions.map(condition => sqlOf(condition, batchesNamed))].join(' AND ')
  }

  /**
   * All of them with a `seq` up to `newest`, in steps.
   * @param total how many jobs there are: when all have been found, nobody looks for more
   */
  *steps(newest: number, total: number): Generator<FoundJob[]> {
    if (this.#measuredRank === undefined) return yield* this.#stepsOf(newest, 'later IS NULL')
    this.#store.ensureMeasured(total)
    let found = 0
    for (const step of this.#measuredSteps(this.#measuredRank, newest)) {
      found += step.length
      yield step
    }
    if (found < total) yield* this.#stepsOf(newest, `later IS NULL AND NOT (${measured.where})`)
  }

  *#stepsOf(newest: number, which: string): Generator<FoundJob[]> {
    for (const range of this.#ranges(newest))
      yield this.#all(stored, `jobs WHERE seq > ? AND seq <= ? AND ${which}`, ...range)
  }

  /** All jobs that have ended, from the index alone. */
  *#measuredSteps(rank: string, newest: number): Generator<FoundJob[]> {
    const sql = `SELECT seq, pos, ${asNumber(rank)}, NULL FROM jobs WHERE seq > ? AND seq <= ? AND ${measured.where}`
    for (const range of this.#ranges(newest)) yield this.#read(sql, ...range)
  }

  /** From a `seq` excluded to another one included. Numbers that no job has are passed over: there may be any number of them. */
  *#ranges(newest: number): Generator<[after: number, last: number]> {
    const next = this.#store.db.prepare('SELECT min(seq) FROM jobs WHERE seq > ?', 'lists')
    for (let last = 0; ; ) {
      const [first] = next.get(last) as [number | null]
      if (first === null || first > newest) return
      last = Math.min(newest, first - 1 + STEP)
      yield [first - 1, last]
    }
  }

  /** Which of these jobs belong to it, as they are in the store. */
  stored(seqs: readonly number[]): FoundJob[] {
    return this.#all(
      stored,
      'jobs WHERE seq IN (SELECT value FROM json_each(?)) AND later IS NULL',
      JSON.stringify(seqs),
    )
  }

  /** The same of jobs that are under way, of which the store does not know the latest. */
  active(jobs: readonly JobRecord[]): FoundJob[] {
    const rows = jobs
      .filter(job => job.replacedBy === null)
      .map(({ spec: { stdin: _, ...spec }, ...job }) => ({ ...job, spec }))
    return this.#all(underWay, 'json_each(?)', JSON.stringify(rows))
  }

  #all(columns: string, rows: string, ...values: Value[]): FoundJob[] {
    const sql = `${this.#select} FROM (SELECT ${columns} FROM ${rows}) WHERE ${this.#where}`
    return this.#read(sql, ...values)
  }

  #read(sql: string, ...values: Value[]): FoundJob[] {
    const now = String(Date.now())
    const found = this.#store.db.prepareOnce(sql.replaceAll(NOW, now), 'lists').all(...values) as FoundValues[]
    return found.map(([seq, pos, rank, label]) => ({ seq, pos, rank, label }))
  }
}

function sqlOf(condition: Condition, batchesNamed: (text: string) => number[]): string {
  const sql = positive(condition, batchesNamed)
  return condition.not ? `NOT coalesce(${sql}, 0)` : sql
}

function positive(condition: Condition, batchesNamed: (text: string) => number[]): string {
  switch (condition.kind) {
    case 'states':
      return `state IN (${list(condition.states)})`
    case 'number':
      return `(${numbers[condition.field]}) ${condition.is satisfies Comparison} ${condition.value}`
    case 'words':
      return anyContains([...texts.name, ...texts.command, ...texts.error], condition.text)
    case 'text':
      if (condition.field === 'batch') return `batch IN (${[-1, ...batchesNamed(condition.text)].join(', ')})`
      if (condition.field === 'id')
        return `substr(id, 1, ${condition.text.length}) = ${quote(condition.text.toLowerCase())}`
      return anyContains(texts[condition.field], condition.text)
  }
}

/** SQLite knows the case of ASCII letters alone, so that of other letters is tried. */
function anyContains(places: readonly string[], text: string): string {
  const variants = new Set([text, text.toLowerCase(), text.toUpperCase()].map(lowerAscii))
  const written = (variant: string) => JSON.stringify(variant).slice(1, -1)
  const contains = (place: string, variant: string) =>
    `instr(lower(${place}), ${quote(place === command ? written(variant) : variant)}) > 0`
  // most rows do not have it anywhere: that is known before the JSON of each place is read
  const maybe = ['specText', 'factsText'].flatMap(json =>
    [...variants].map(variant => contains(json, written(variant))),
  )
  const tests = places.flatMap(place => [...variants].map(variant => `coalesce(${contains(place, variant)}, 0)`))
  // a job without a queue is in one that its JSON does not name
  return places === texts.queue ? `(${tests.join(' OR ')})` : `((${maybe.join(' OR ')}) AND (${tests.join(' OR ')}))`
}

function lowerAscii(text: string): string {
  return text.replace(/[A-Z]/g, letter => letter.toLowerCase())
}
