// All bars of a timeline that are known, in typed arrays: objects of 100,000 jobs would be ten times as large.
import type { JobState } from '../../api'
import { jobStates } from '../jobs/job'
import { type BarColumns, NEVER, type TimelinePart, type UsageColumns } from './bars'

const FIRST_CAPACITY = 1024
/** More than any job is retried. */
const MAX_RETRY = 4096
/** What the array of cores can hold: more than any machine has. */
const MAX_CORES = 0xffff

/** Of each bar; the times are milliseconds since the epoch, or `NEVER`. */
interface Arrays {
  seq: Float64Array
  retry: Uint16Array
  state: Uint8Array
  cores: Uint16Array
  submitted: Float64Array
  started: Float64Array
  ended: Float64Array
}

function arraysOf(capacity: number): Arrays {
  return {
    seq: new Float64Array(capacity),
    retry: new Uint16Array(capacity),
    state: new Uint8Array(capacity),
    cores: new Uint16Array(capacity),
    submitted: new Float64Array(capacity),
    started: new Float64Array(capacity),
    ended: new Float64Array(capacity),
  }
}

const keyOf = (seq: number, retry: number) => seq * MAX_RETRY + Math.min(retry, MAX_RETRY - 1)

export class KnownBars {
  /** How many there are; what the arrays have beyond that means nothing. */
  count = 0
  #arrays = arraysOf(FIRST_CAPACITY)
  readonly #indices = new Map<number, number>()
  readonly usage: UsageColumns = { at: [], cpu: [], memory: [] }

  get arrays(): Readonly<Arrays> {
    return this.#arrays
  }

  /** How many jobs are in each state; an attempt that was retried is none. */
  countsByState(): Partial<Record<JobState, number>> {
    const counts: Partial<Record<JobState, number>> = {}
    const { state, retry } = this.#arrays
    for (let i = 0; i < this.count; i++) {
      const name = jobStates[state[i] as number]
      if (name && retry[i] === 0) counts[name] = (counts[name] ?? 0) + 1
    }
    return counts
  }

  indexOf(seq: number, retry: number): number | undefined {
    return this.#indices.get(keyOf(seq, retry))
  }

  apply({ anew, bars, removed, usage }: TimelinePart): void {
    if (anew) this.#clear()
    if (removed.length > 0) this.#remove(new Set(removed))
    this.add(bars)
    for (const key of ['at', 'cpu', 'memory'] as const) for (const value of usage[key]) this.usage[key].push(value)
  }

  add(bars: BarColumns): void {
    for (const [i, seq] of bars.seq.entries()) this.#set(this.#placeOf(seq, bars.retry[i] ?? 0), bars, i)
  }

  #set(at: number, bars: BarColumns, i: number): void {
    const arrays = this.#arrays
    const submitted = bars.base + (bars.submitted[i] ?? 0)
    const moment = (after: number | undefined) => (after === undefined || after === NEVER ? NEVER : submitted + after)
    arrays.seq[at] = bars.seq[i] ?? 0
    arrays.retry[at] = bars.retry[i] ?? 0
    arrays.state[at] = bars.state[i] ?? 0
    arrays.cores[at] = Math.min(MAX_CORES, bars.cores[i] ?? 1)
    arrays.submitted[at] = submitted
    arrays.started[at] = moment(bars.started[i])
    arrays.ended[at] = moment(bars.ended[i])
  }

  #placeOf(seq: number, retry: number): number {
    const key = keyOf(seq, retry)
    const known = this.#indices.get(key)
    if (known !== undefined) return known
    if (this.count === this.#arrays.seq.length) this.#grow()
    this.#indices.set(key, this.count)
    return this.count++
  }

  #grow(): void {
    const larger = arraysOf(this.#arrays.seq.length * 2)
    for (const key of Object.keys(larger) as (keyof Arrays)[]) larger[key].set(this.#arrays[key])
    this.#arrays = larger
  }

  #clear(): void {
    this.count = 0
    this.#indices.clear()
    for (const key of ['at', 'cpu', 'memory'] as const) this.usage[key].length = 0
  }

  #remove(seqs: ReadonlySet<number>): void {
    const arrays = this.#arrays
    let kept = 0
    this.#indices.clear()
    for (let i = 0; i < this.count; i++) {
      if (seqs.has(arrays.seq[i] as number)) continue
      for (const key of Object.keys(arrays) as (keyof Arrays)[]) arrays[key][kept] = arrays[key][i] as number
      this.#indices.set(keyOf(arrays.seq[kept] as number, arrays.retry[kept] as number), kept)
      kept++
    }
    this.count = kept
  }
}
