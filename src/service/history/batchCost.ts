// What a batch has cost: for how long its jobs have had their cores, all that was tried included.
import { yieldTurn } from '../../core/protocol/lists'
import { measured } from '../store/schema'
import { SLICE, type Store } from '../store/store'

const HOUR_MS = 3_600_000

/** What is damaged counts as one core, or as nothing. How long a job ran whose end nobody saw is not known. */
const coreMs = `
WITH wanted AS (SELECT value FROM json_each(?)), runs (spec, facts) AS (
  SELECT spec, facts FROM jobs WHERE seq IN wanted
  UNION ALL SELECT spec, attempts.facts FROM attempts JOIN jobs ON seq = job WHERE job IN wanted
)
SELECT total(
  coalesce(CASE WHEN json_valid(spec) THEN spec ->> 'cores' END, 1) * max(0, coalesce(${measured.endedAt}, ?) - ${measured.startedAt})
) AS ms
FROM runs WHERE coalesce(CASE WHEN json_valid(facts) THEN facts ->> '$.error.kind' END, '') <> 'lost'`

/** @param batch its `seq` */
export async function coreHoursOf(store: Store, batch: number, now: number): Promise<number> {
  const seqs = store.seqsOf(batch, 0)
  let sum = 0
  for (let first = 0; first < seqs.length; first += SLICE) {
    const { ms } = store.db.prepare(coreMs).get(JSON.stringify(seqs.slice(first, first + SLICE)), now) as { ms: number }
    sum += ms
    await yieldTurn()
  }
  return sum / HOUR_MS
}
