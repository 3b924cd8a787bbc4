// Finds jobs by the conditions of a filter, in SQL: reading 100,000 rows into this process would take longer than anybody waits.
import type { JobState } from '../../api'
import { failedStates } from '../../core/jobs/job'
import type { FindGrouping, FindOrder } from '../../core/protocol/facts'
import type { Comparison, Condition, NumberField, TextField } from '../../core/protocol/filterText'
import { statesOf } from '../../core/protocol/format'
import type { Value } from '../store/database'
import type { JobRecord } from '../store/records'
import type { Store } from '../store/store'

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
const duration = `coalesce(${fact('endedAt')}, CASE WHEN ${fact('startedAt')} > 0 THEN ${NOW} END) - ${fact('startedAt')}`
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
const importance = `CASE WHEN state IN (${list(statesOf('running'))}) THEN 3 WHEN state IN (${list(failedStates)}) THEN 2 WHEN state = 'queued' THEN 1 ELSE 0 END`

const ranks: Readonly<Record<FindOrder, string>> = {
  newest: '0',
  matters: importance,
  duration: `coalesce(${duration}, -1)`,
  memory: `coalesce(${memory}, -1)`,
}

const labels: Readonly<Record<FindGrouping, string>> = {
  batch: 'batch',
  state: 'state',
  queue: `coalesce(spec ->> 'queue', 'local')`,
  // what it printed last says more than its exit code, except where the error is of a handler and complete
  failure: `CASE WHEN state IN (${list(failedStates)}) THEN coalesce(CASE WHEN ${fact('$.error.kind')} = 'handler' THEN NULL ELSE nullif(${fact('lastErrorLine')}, '') END, ${fact('$.error.message')}, '') END`,
}

/** A row that is damaged is read as one without facts. */
const readable = (column: string) => `CASE WHEN json_valid(${column}) THEN ${column} ELSE '{}' END AS ${column}`
const stored = `seq, id, batch, pos, state, earlierAttempts, ${readable('spec')}, ${readable('facts')}`

const given = ['seq', 'id', 'batch', 'pos', 'state', 'earlierAttempts'].map(name => `value ->> '${name}' AS ${name}`)
const underWay = `${given.join(', ')}, value -> 'spec' AS spec, value -> 'facts' AS facts`

export class JobSearch {
  readonly #store: Store
  readonly #select: string
  readonly #where: string

  /** @param batchesNamed the \`seq\` of each batch that a text means */
  constructor(store: Store, { conditions, order, group }: JobSearchSpec, batchesNamed: (text: string) => number[]) {
    this.#store = store
    this.#select = `SELECT seq, pos, ${ranks[order]} AS rank, ${group ? labels[group] : 'NULL'} AS label`
    this.#where = ['1', ...conditions.map(condition => sqlOf(condition, batchesNamed))].join(' AND ')
  }

  /** All of them with a `seq` up to `newest`, in steps. */
  *steps(newest: number): Generator<FoundJob[]> {
    for (let after = 0; after < newest; after += STEP)
      yield this.#all(
        stored,
        'jobs WHERE seq > ? AND seq <= ? AND later IS NULL',
        after,
        Math.min(newest, after + STEP),
      )
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
  const contains = (place: string, variant: string) => {
    const written = place === command ? JSON.stringify(variant).slice(1, -1) : variant
    return `instr(lower(${place}), ${quote(written)}) > 0`
  }
  const tests = places.flatMap(place => [...variants].map(variant => `coalesce(${contains(place, variant)}, 0)`))
  return `(${tests.join(' OR ')})`
}

function lowerAscii(text: string): string {
  return text.replace(/[A-Z]/g, letter => letter.toLowerCase())
}
