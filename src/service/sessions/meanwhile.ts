// What has ended while no window of its workspace was connected, counted as it ends, until such a window asks: that is the
// first one that comes back, and no window has to read a hundred thousand jobs for it.
import type { JobState } from '../../api'
import { isRecord, isTexts } from '../../core/base/records'
import { failedStates, isJobState } from '../../core/jobs/job'
import type { EndedMeanwhile } from '../../core/protocol/facts'
import type { JobRecord } from '../store/records'
import type { Store } from '../store/store'
import { parseObject } from '../store/storedJson'

const KEY = 'meanwhile:'
/** Failed jobs of a workspace that are known by their ids. */
const MAX_FAILED = 100

interface Counted {
  counts: Partial<Record<JobState, number>>
  /** Ids of the first ones that failed. */
  failed: string[]
  /** When the last of them ended. */
  at: number
}

/** `undefined` for what is damaged: nothing is reported of it. */
function countedOf(text: string): Counted | undefined {
  const { counts, failed, at } = parseObject(text) ?? {}
  if (!isRecord(counts) || !isTexts(failed) || typeof at !== 'number') return undefined
  const isCount = ([state, count]: [string, unknown]) => isJobState(state) && Number.isSafeInteger(count)
  return Object.entries(counts).every(isCount) ? { counts, failed, at } : undefined
}

export class Meanwhile {
  readonly #store: Store
  readonly #byWorkspace = new Map<string, Counted>()

  constructor(store: Store) {
    this.#store = store
    for (const { key, value } of store.metas(KEY)) {
      const counted = countedOf(value)
      if (counted) this.#byWorkspace.set(key.slice(KEY.length), counted)
    }
  }

  /** What a user has ended in another window is no news. */
  add(workspace: string, { id, state, facts }: JobRecord): void {
    if (facts.endedBy === 'user') return
    const counted = this.#byWorkspace.get(workspace) ?? { counts: {}, failed: [], at: 0 }
    counted.counts[state] = (counted.counts[state] ?? 0) + 1
    counted.at = Date.now()
    if (failedStates.includes(state) && counted.failed.length < MAX_FAILED) counted.failed.push(id)
    this.#byWorkspace.set(workspace, counted)
    this.#store.setMeta(KEY + workspace, JSON.stringify(counted)) // with the end of the job in one transaction
  }

  /** To be shown by the window that requests it; never again. */
  take(workspace: string): EndedMeanwhile | null {
    const counted = this.#byWorkspace.get(workspace)
    if (!counted) return null
    this.#forget(workspace)
    return { counts: counted.counts, failed: counted.failed }
  }

  /** Those for which there is something to report. */
  get workspaces(): string[] {
    return [...this.#byWorkspace.keys()]
  }

  /** Of workspaces that are not opened any more: the jobs have left the history, too. */
  trim(before: number): void {
    for (const [workspace, { at }] of this.#byWorkspace) if (at < before) this.#forget(workspace)
  }

  #forget(workspace: string): void {
    this.#byWorkspace.delete(workspace)
    this.#store.deleteMeta(KEY + workspace)
  }
}
