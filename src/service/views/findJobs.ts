// The ids of all jobs that a typed text finds, for what is to be done to them all.
import { parseFilter } from '../../core/protocol/filterText'
import { MAX_LIST_ITEMS } from '../../core/protocol/limits'
import { yieldTurn } from '../../core/protocol/lists'
import { FoundJobs, type FoundJobsParts } from './foundJobs'

/** @throws Error when the text has a mistake: the rest of it may find more than is meant */
export async function findJobs(parts: FoundJobsParts, text: string): Promise<string[]> {
  const [problem] = parseFilter(text).problems
  if (problem !== undefined) throw new Error(problem)
  const found = new FoundJobs(parts, { text, order: 'newest' })
  await found.search()
  const seqs = found.jobs.map(({ seq }) => seq).reverse()
  const ids: string[] = []
  for (let from = 0; from < seqs.length; from += MAX_LIST_ITEMS) {
    if (from > 0) await yieldTurn()
    for (const id of parts.store.idsOf(seqs.slice(from, from + MAX_LIST_ITEMS))) ids.push(id)
  }
  return ids
}
