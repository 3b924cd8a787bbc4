// The very jobs that a question is about: what ends, begins or comes while it stands is not meant by the answer.
import type { OwnedFilter, ServiceApi } from '../../../core/protocol/protocol'
import { filtersOf } from './targets'

export interface JobSelection {
  ids: string[]
  /** Results in the history: of the jobs themselves, and where these have none, of earlier attempts. */
  ownIds: string[]
  earlierIds: string[]
  /** Those with results that exist nowhere else, and how many such results there are. */
  unsavedIds: string[]
  unsaved: number
}

export async function selectJobs(
  service: Pick<ServiceApi, 'outline'>,
  filters: readonly OwnedFilter[],
): Promise<JobSelection> {
  const selection: JobSelection = { ids: [], ownIds: [], earlierIds: [], unsavedIds: [], unsaved: 0 }
  for (const filter of filters) {
    for (let after: number | undefined = 0; after !== undefined; ) {
      const page: Awaited<ReturnType<ServiceApi['outline']>> = await service.outline({ filter, after })
      for (const { id, result, unsaved = 0 } of page.jobs) {
        selection.ids.push(id)
        if (result) (result === 'own' ? selection.ownIds : selection.earlierIds).push(id)
        if (unsaved > 0) selection.unsavedIds.push(id)
        selection.unsaved += unsaved
      }
      after = page.next
    }
  }
  return selection
}

/** Small messages that name these jobs and no others; nothing at all for none. */
export function filtersOfIds(ids: readonly string[], states?: OwnedFilter['states']): OwnedFilter[] {
  return filtersOf({ ids: [...ids], batchIds: [], all: false }, states)
}
