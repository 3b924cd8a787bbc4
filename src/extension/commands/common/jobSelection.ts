// The exact jobs that a confirmation is about: jobs that change or are added before the answer are not included.
import type { OwnedFilter, ServiceApi } from '../../../core/protocol/protocol'
import { filtersOf } from './targets'

export interface JobSelection {
  ids: string[]
  /** Results in the history: of the jobs themselves, and where these have none, of earlier attempts. */
  ownIds: string[]
  earlierIds: string[]
  /** Jobs with results that exist nowhere else, and the number of such results. */
  unsavedIds: string[]
  unsaved: number
  /** Jobs whose results, or those of their batches, a handler is still to get. */
  awaitedIds: string[]
}

/** Each once: one that is selected may be in a batch that is selected, too. */
export async function selectJobs(
  service: Pick<ServiceApi, 'outline'>,
  filters: readonly OwnedFilter[],
): Promise<JobSelection> {
  const selection: JobSelection = { ids: [], ownIds: [], earlierIds: [], unsavedIds: [], unsaved: 0, awaitedIds: [] }
  const seen = new Set<string>()
  for (const filter of filters) {
    for (let after: number | undefined = 0; after !== undefined; ) {
      const page: Awaited<ReturnType<ServiceApi['outline']>> = await service.outline({ filter, after })
      for (const { id, result, unsaved = 0, awaited = false } of page.jobs) {
        if (seen.has(id)) continue
        seen.add(id)
        selection.ids.push(id)
        if (result) (result === 'own' ? selection.ownIds : selection.earlierIds).push(id)
        if (awaited) selection.awaitedIds.push(id)
        const results = unsaved - (awaited ? 1 : 0)
        if (results > 0) selection.unsavedIds.push(id)
        selection.unsaved += results
      }
      after = page.next
    }
  }
  return selection
}

/** Filters of small messages that name exactly these jobs; none for no jobs. */
export function filtersOfIds(ids: readonly string[], states?: OwnedFilter['states']): OwnedFilter[] {
  return filtersOf({ ids: [...ids], batchIds: [], all: false }, states)
}
