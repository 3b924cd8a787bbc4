// The machine settings: the last change of any window wins, and it is known which window it was.
import { type QueueConfigs, readQueues } from '../../core/jobs/queueConfig'
import type { WindowSettings } from '../../core/protocol/protocol'
import { type MachineSettings, machineSettings } from '../../core/protocol/settingsTable'
import { usableCores } from '../../run/base/machine'
import { Signal } from '../base/signal'
import type { Store } from '../store/store'
import { parseObject } from '../store/storedJson'

export class Settings {
  /** A window has changed them: for those who must act on it, not only read them when they need them. */
  readonly changed = new Signal()
  readonly #store: Store
  /** All that windows have set, also what only a newer service knows, which may take over. */
  #stored: Readonly<Record<string, unknown>>
  #values: MachineSettings
  #queues: QueueConfigs
  #from: string
  readonly #usable = usableCores()

  constructor(store: Store) {
    this.#store = store
    const stored = readObject(store.getMeta('settings'))
    this.#stored = stored
    this.#values = machineSettings(name => stored[name])
    this.#queues = readQueues(stored.queues).queues
    this.#from = store.getMeta('settingsFrom') ?? 'the defaults'
  }

  get values(): MachineSettings {
    return this.#values
  }

  /** Those that can be used; a window has reported the others. */
  get queues(): QueueConfigs {
    return this.#queues
  }

  get from(): string {
    return this.#from
  }

  /**
   * What a window's settings are. They count when they differ from what the same source sent before: a window that
   * only connects does not undo what another one has changed. What the user has just chosen counts in any case.
   * Queues of several sources are there together. What a window of another version does not know stays as it is. Of a number that is out of its range the nearest
   * allowed one is used.
   */
  configure(source: string, window: string, settings: WindowSettings, chosen = false): void {
    const key = `settings:${source}`
    const before = readObject(this.#store.getMeta(key))
    if (!chosen && Object.entries(settings).every(([name, value]) => isSame(before[name], value))) return
    this.#store.setMeta(key, JSON.stringify({ ...before, ...settings }))
    const queues = settings.queues && changedQueues(this.#stored.queues, before.queues, settings.queues)
    this.#stored = { ...this.#stored, ...settings, ...(queues && { queues }) }
    this.#values = machineSettings(name => this.#stored[name])
    this.#queues = readQueues(this.#stored.queues).queues
    this.#from = window
    this.#store.setMeta('settings', JSON.stringify(this.#stored))
    this.#store.setMeta('settingsFrom', window)
    this.changed.emit()
  }

  /** Slots of this machine, and in words where the number comes from. */
  get concurrency(): { slots: number; why: string } {
    const { concurrency } = this.#values
    if (concurrency > 0)
      return { slots: concurrency, why: `Set in headlessJobs.concurrency, last by the window “${this.#from}”.` }
    return { slots: this.#usable.cores, why: this.#usable.why }
  }
}

/** A source that does not name a queue has not removed that of another one. */
function changedQueues(all: unknown, before: unknown, now: QueueConfigs): QueueConfigs {
  const known = readQueues(all).queues
  const removed = Object.keys(readQueues(before).queues).filter(name => !Object.hasOwn(now, name))
  const kept = Object.entries(known).filter(([name]) => !removed.includes(name))
  return Object.fromEntries([...kept, ...Object.entries(now)])
}

function isSame(one: unknown, other: unknown): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other)
}

function readObject(text: string | undefined): Readonly<Record<string, unknown>> {
  return parseObject(text ?? '{}') ?? {}
}
