// The machine settings: the last change of any window wins, and it is known which window it was.
import { defaultSettings, type MachineSettings } from '../../core/protocol/facts'
import { usableCores } from '../base/machine'
import type { Store } from '../store/store'
import { parseObject } from '../store/storedJson'

export class Settings {
  readonly #store: Store
  #values: MachineSettings
  #from: string
  readonly #usable = usableCores()

  constructor(store: Store) {
    this.#store = store
    this.#values = readSettings(store.getMeta('settings') ?? '{}')
    this.#from = store.getMeta('settingsFrom') ?? 'the defaults'
  }

  get values(): MachineSettings {
    return this.#values
  }

  get from(): string {
    return this.#from
  }

  /**
   * What a window's settings are. They count when they differ from what the same source sent before: a window that
   * only connects does not undo what another one has changed. What the user has just chosen counts in any case.
   */
  configure(source: string, window: string, settings: MachineSettings, chosen = false): void {
    const key = `settings:${source}`
    const text = JSON.stringify(settings)
    if (!chosen && this.#store.getMeta(key) === text) return
    this.#store.setMeta(key, text)
    this.#values = { ...settings }
    this.#from = window
    this.#store.setMeta('settings', text)
    this.#store.setMeta('settingsFrom', window)
  }

  /** Slots of this machine, and in words where the number comes from. */
  get concurrency(): { slots: number; why: string } {
    const { concurrency } = this.#values
    if (concurrency > 0)
      return { slots: concurrency, why: `Set in headlessJobs.concurrency, last by the window “${this.#from}”.` }
    return { slots: this.#usable.cores, why: this.#usable.why }
  }
}

/** Each setting that can be read; the others have their defaults, until a window says what they are. */
function readSettings(text: string): MachineSettings {
  const stored: Readonly<Record<string, unknown>> = parseObject(text) ?? {}
  const isWhole = (name: string, value: unknown) => typeof stored[name] === typeof value
  const known = Object.entries(defaultSettings).filter(([name, value]) => isWhole(name, value))
  return { ...defaultSettings, ...Object.fromEntries(known.map(([name]) => [name, stored[name]])) }
}
