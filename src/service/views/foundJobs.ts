// The jobs that one view has found, in their order: searched for once, then kept as jobs change.
import type { JobFind } from '../../core/protocol/facts'
import { batchEnd, parseFilter, plainName } from '../../core/protocol/filterText'
import { yieldTurn } from '../../core/protocol/lists'
import type { Batches } from '../jobs/batches'
import type { Ledger } from '../jobs/ledger'
import type { JobRecord } from '../store/records'
import type { Store } from '../store/store'
import { type FoundGroupOf, groupsOf } from './foundGroups'
import { dependsOnTime, type FoundJob, JobSearch } from './jobSearch'

/** What depends on the time alone is judged again after so long. */
const JUDGE_AGAIN_MS = 1000

export interface FoundJobsParts {
  readonly store: Store
  readonly batches: Batches
  readonly ledger: Pick<Ledger, 'lastSeq' | 'counts'>
  readonly activeJobs: { job(seq: number): JobRecord | undefined; readonly all: Iterable<JobRecord> }
}

/**
 * The batches that a text means: the one whose id ends as it does behind a `#`; else those whose name it is as a whole; else those
 * in whose name it is, or whose id begins so.
 */
export function batchesNamed(batches: Batches, text: string): number[] {
  const typed = plainName(text)
  const records = [...batches.all].map(({ record }) => ({ ...record, name: plainName(record.name) }))
  const [, end] = batchEnd.exec(typed) ?? []
  const ending = end === undefined ? [] : records.filter(({ id }) => id.endsWith(end))
  const whole = records.filter(({ id, name }) => name === typed || id === typed)
  const partly = () =>
    records.filter(({ id, name }) => name.includes(typed) || (typed.length >= 8 && id.startsWith(typed)))
  const meant = ending.length > 0 ? ending : whole.length > 0 ? whole : partly()
  return meant.map(({ seq }) => seq)
}

function inOrder(a: FoundJob, b: FoundJob): number {
  return b.rank - a.rank || b.pos - a.pos
}

export class FoundJobs {
  readonly find: JobFind
  readonly #parts: FoundJobsParts
  readonly #search: JobSearch
  readonly #dependsOnTime: boolean
  #jobs: FoundJob[] = []
  #groups: FoundGroupOf[] | undefined
  /** Jobs that have changed since they were judged. */
  readonly #changed = new Set<number>()
  #judgedAt = 0
  #isDropped = false

  constructor(parts: FoundJobsParts, find: JobFind) {
    const { conditions } = parseFilter(find.text) // what is wrong in it is shown where it is typed
    const { order, group } = find
    const spec = { conditions, order, ...(group && { group }) }
    this.find = find
    this.#parts = parts
    this.#search = new JobSearch(parts.store, spec, text => batchesNamed(parts.batches, text))
    this.#dependsOnTime = dependsOnTime(spec)
  }

  /** Looks at all jobs, with a turn of the event loop between the steps; what changes meanwhile is judged after that. */
  async search(): Promise<void> {
    for (const { seq } of this.#parts.activeJobs.all) this.#changed.add(seq)
    const found: FoundJob[] = []
    const { counts, lastSeq } = this.#parts.ledger
    const total = Object.values(counts).reduce((sum, n) => sum + n, 0)
    for (const step of this.#search.steps(lastSeq, total)) {
      for (const job of step) found.push(job)
      await yieldTurn()
      if (this.#isDropped) return
    }
    this.#jobs = found.sort(inOrder)
    this.#judgedAt = Date.now()
  }

  /** Nobody wants to know any more: a search stops. */
  drop(): void {
    this.#isDropped = true
  }

  /** A job is new, has changed, was replaced or has gone. */
  jobChanged(seq: number): void {
    this.#changed.add(seq)
  }

  get jobs(): readonly FoundJob[] {
    this.#refresh()
    return this.#jobs
  }

  get groups(): readonly FoundGroupOf[] {
    this.#refresh()
    const by = this.find.group
    this.#groups ??= by ? groupsOf(by, this.#jobs, this.#parts.batches) : []
    return this.#groups
  }

  #refresh(): void {
    const isDue = this.#dependsOnTime && Date.now() - this.#judgedAt >= JUDGE_AGAIN_MS
    if (isDue) for (const { seq } of this.#parts.activeJobs.all) this.#changed.add(seq)
    if (isDue) this.#judgedAt = Date.now()
    if (this.#changed.size === 0) return
    const kept = this.#jobs.filter(({ seq }) => !this.#changed.has(seq))
    this.#jobs = merged(kept, this.#judge().sort(inOrder))
    this.#changed.clear()
    this.#groups = undefined
  }

  /** Those of the changed jobs that belong here. */
  #judge(): FoundJob[] {
    const { activeJobs } = this.#parts
    const active: JobRecord[] = []
    const stored: number[] = []
    for (const seq of this.#changed) {
      const job = activeJobs.job(seq)
      if (job) active.push(job)
      else stored.push(seq)
    }
    return [
      ...(active.length > 0 ? this.#search.active(active) : []),
      ...(stored.length > 0 ? this.#search.stored(stored) : []),
    ]
  }
}

function merged(jobs: readonly FoundJob[], more: readonly FoundJob[]): FoundJob[] {
  if (more.length === 0) return [...jobs]
  const all: FoundJob[] = []
  let next = 0
  for (const job of jobs) {
    for (let other = more[next]; other && inOrder(other, job) < 0; other = more[++next]) all.push(other)
    all.push(job)
  }
  return [...all, ...more.slice(next)]
}
