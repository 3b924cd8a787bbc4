// The workers that live, on disk: their runner ends them when the service dies, and the next service those whose runner has
// died with it.
import { isRecord } from '../../core/base/records'
import type { Store } from '../store/store'

const KEY = 'workers'

export interface LivingWorker {
  id: string
  pid?: number
  processStartTime?: string
}

export class LivingWorkers {
  readonly #store: Store
  readonly #workers = new Map<string, LivingWorker>()
  /** Of an earlier service. */
  readonly left: readonly LivingWorker[]

  constructor(store: Store) {
    this.#store = store
    this.left = storedWorkers(store.getMeta(KEY))
    for (const worker of this.left) this.#workers.set(worker.id, worker)
  }

  /** It is on disk before there is a process. */
  starts(id: string): void {
    this.#workers.set(id, { id })
    this.#write()
    this.#store.writes.commit()
  }

  hasProcess(id: string, pid: number | undefined, processStartTime: string | undefined): void {
    const known = this.#workers.get(id)
    if (!known || pid === undefined || processStartTime === undefined || known.processStartTime !== undefined) return
    this.#workers.set(id, { id, pid, processStartTime })
    this.#write()
  }

  ended(id: string): void {
    if (this.#workers.delete(id)) this.#write()
  }

  #write(): void {
    this.#store.setMeta(KEY, JSON.stringify([...this.#workers.values()]))
  }
}

function storedWorkers(text: string | undefined): LivingWorker[] {
  try {
    const list: unknown = JSON.parse(text ?? '[]')
    return Array.isArray(list) ? list.flatMap(workerOf) : []
  } catch {
    return [] // damaged: their runners have ended them, most likely
  }
}

function workerOf(stored: unknown): LivingWorker[] {
  if (!isRecord(stored) || typeof stored.id !== 'string') return []
  const { id, pid, processStartTime } = stored
  const isNamed = typeof pid === 'number' && typeof processStartTime === 'string'
  return [isNamed ? { id, pid, processStartTime } : { id }]
}
