// How busy the machine was while jobs ran: samples in the store, for the timeline.
import os from 'node:os'
import { noUsage, type UsageColumns } from '../../core/timeline/bars'
import type { Store } from '../store/store'

/** 17,000 samples a day of work, half a megabyte. */
const SAMPLE_MS = 5000
/** Samples of one answer. */
const PART_SAMPLES = 5000

interface Times {
  busy: number
  all: number
}

function cpuTimes(): Times {
  const times = { busy: 0, all: 0 }
  for (const { times: cpu } of os.cpus()) {
    const all = cpu.user + cpu.nice + cpu.sys + cpu.idle + cpu.irq
    times.all += all
    times.busy += all - cpu.idle
  }
  return times
}

export class MachineUsage {
  readonly #store: Store
  readonly #timer: NodeJS.Timeout
  #times = cpuTimes()
  #wasBusy = false

  /** @param isBusy whether jobs run */
  constructor(store: Store, isBusy: () => boolean) {
    this.#store = store
    this.#timer = setInterval(() => this.#sample(isBusy()), SAMPLE_MS)
  }

  /** The ones that follow a moment, in the order of time. */
  after(at: number): UsageColumns {
    const rows = this.#store.db
      .prepare(`SELECT at, cpu, memory FROM usage WHERE at > ? ORDER BY at LIMIT ${PART_SAMPLES}`)
      .all(at) as { at: number; cpu: number; memory: number }[]
    const usage = noUsage()
    for (const row of rows) for (const key of ['at', 'cpu', 'memory'] as const) usage[key].push(row[key])
    return usage
  }

  trim(before: number): void {
    this.#store.writes.write('DELETE FROM usage WHERE at < ?', [before])
  }

  close(): void {
    clearInterval(this.#timer)
  }

  /** The last one is taken when nothing runs any more: a curve comes down again. */
  #sample(isBusy: boolean): void {
    const { busy, all } = this.#times
    this.#times = cpuTimes()
    const passed = this.#times.all - all
    if ((isBusy || this.#wasBusy) && passed > 0) this.#add((this.#times.busy - busy) / passed)
    this.#wasBusy = isBusy
  }

  /** A gap is better than more to be written when there is room again. */
  #add(cpu: number): void {
    const { db, writes } = this.#store
    if (writes.problem !== undefined || db.damage !== undefined) return
    const share = (part: number) => Math.round(Math.min(1, Math.max(0, part)) * 1000) / 1000
    const memory = 1 - os.freemem() / os.totalmem()
    const values = [Date.now(), share(cpu), share(memory)]
    writes.write('INSERT OR REPLACE INTO usage (at, cpu, memory) VALUES (?, ?, ?)', values)
  }
}
