// What memory and CPU time a job took in the course of its time, from the samples of its runner: in memory while it runs, on disk
// once it has ended. Most jobs are shorter than two samples and have none.
import { isFinal } from '../../core/jobs/job'
import type { UsagePoint } from '../../core/protocol/facts'
import type { LedgerListener } from '../jobs/ledger'
import type { JobRecord } from '../store/records'
import type { Store } from '../store/store'

/** Of a job; when there are as many, each two become one, and the next ones are taken half as often. */
export const MAX_POINTS = 120
/** As often as most platforms sample. */
const INTERVAL_MS = 1000
/** A job that does not change has a point this seldom. */
const IDLE_INTERVALS = 2

export class UsageSeries {
  #points: UsagePoint[] = []
  #intervalMs = INTERVAL_MS

  get points(): readonly UsagePoint[] {
    return this.#points
  }

  /** Of the latest sample, which may be the same as before. */
  add(point: UsagePoint): void {
    const last = this.#points.at(-1)
    const isSame = last && last.memoryBytes === point.memoryBytes && last.cpuSeconds === point.cpuSeconds
    const wanted = this.#intervalMs * (isSame ? IDLE_INTERVALS : 0.5)
    if (last && point.at - last.at < wanted) return
    this.#points.push(point)
    if (this.#points.length >= MAX_POINTS) this.#halve()
  }

  /** Of two points the later one, with the higher memory of both: no peak disappears. */
  #halve(): void {
    this.#intervalMs *= 2
    this.#points = this.#points.flatMap((point, i) => {
      const before = this.#points[i - 1]
      if (i % 2 === 0 || !before) return []
      return [{ ...point, memoryBytes: Math.max(point.memoryBytes, before.memoryBytes) }]
    })
  }
}

const keyOf = (seq: number) => `usage:${seq}`

export class UsageHistory implements LedgerListener {
  readonly #store: Store
  readonly #running = new Map<number, UsageSeries>()

  constructor(store: Store) {
    this.#store = store
  }

  /** In the order of time; empty for a job that was too short. */
  of({ seq, state }: JobRecord): readonly UsagePoint[] {
    if (!isFinal(state)) return this.#running.get(seq)?.points ?? []
    return readPoints(this.#store.getMeta(keyOf(seq)))
  }

  jobChanged({ seq, state, facts }: JobRecord): void {
    const { startedAt, memoryBytes, cpuSeconds } = facts
    if (state === 'queued') this.#running.delete(seq) // it is tried again
    if (state !== 'running' || startedAt === undefined || memoryBytes === undefined) return
    const series = this.#running.get(seq) ?? new UsageSeries()
    this.#running.set(seq, series)
    series.add({ at: Date.now() - startedAt, memoryBytes, ...(cpuSeconds !== undefined && { cpuSeconds }) })
  }

  jobEnded({ seq }: JobRecord): void {
    const points = this.#running.get(seq)?.points ?? []
    this.#running.delete(seq)
    if (points.length > 1) this.#store.setMeta(keyOf(seq), JSON.stringify(points.map(toRow)))
  }

  jobsForgotten(jobs: readonly JobRecord[]): void {
    for (const { seq, facts } of jobs) if (facts.startedAt !== undefined) this.#store.deleteMeta(keyOf(seq))
  }
}

function toRow({ at, memoryBytes, cpuSeconds }: UsagePoint): readonly (number | null)[] {
  return [Math.round(at), memoryBytes, cpuSeconds ?? null]
}

/** What is damaged is left out. */
function readPoints(text: string | undefined): UsagePoint[] {
  const isNumber = (value: unknown): value is number => typeof value === 'number'
  try {
    const rows: unknown = JSON.parse(text ?? '[]')
    return (Array.isArray(rows) ? rows.slice(0, MAX_POINTS) : []).flatMap((row): UsagePoint[] => {
      const [at, memoryBytes, cpuSeconds] = Array.isArray(row) ? row : []
      if (!isNumber(at) || !isNumber(memoryBytes)) return []
      return [{ at, memoryBytes, ...(isNumber(cpuSeconds) && { cpuSeconds }) }]
    })
  } catch {
    return []
  }
}
