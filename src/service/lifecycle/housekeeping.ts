// Removes what has become too old, too much, or of no use to any job.
import type { StatePaths } from '../base/paths'
import type { History } from '../history/history'
import { DAY_MS, type TrimParts, trim } from '../history/trim'
import type { Meanwhile } from '../sessions/meanwhile'
import type { Environments } from '../state/environments'
import type { Settings } from '../state/machineSettings'
import type { Store } from '../store/store'
import type { MachineUsage } from '../timeline/machineUsage'

export interface HousekeepingParts extends TrimParts {
  readonly store: Store
  readonly history: History
  readonly settings: Settings
  readonly environments: Environments
  readonly meanwhile: Meanwhile
  readonly machineUsage: MachineUsage
  readonly paths: StatePaths
}

export class Housekeeping {
  readonly #parts: HousekeepingParts

  constructor(parts: HousekeepingParts) {
    this.#parts = parts
  }

  /**
   * Lets the history age; called at the start and from time to time.
   * @returns how many jobs have left it
   */
  async trimHistory(): Promise<number> {
    const { meanwhile, paths, settings, machineUsage } = this.#parts
    const oldest = Date.now() - settings.values.historyDays * DAY_MS
    meanwhile.trim(oldest)
    machineUsage.trim(oldest)
    const trimmed = await trim(this.#parts, settings.values, paths.spool)
    await this.tidy()
    return trimmed
  }

  /** After jobs have left the history: what only they needed goes, too. */
  async tidy(): Promise<void> {
    const { environments, store } = this.#parts
    await environments.trim()
    await store.vacuum.reclaim()
  }
}
