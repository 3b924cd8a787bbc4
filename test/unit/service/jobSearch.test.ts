// How jobs are searched for: what sorts 100,000 of them reads no facts of theirs.
import { DatabaseSync } from 'node:sqlite'
import { expect, it } from 'vitest'
import { measuredIndex, openSchema } from '../../../src/service/store/schema'
import type { Store } from '../../../src/service/store/store'
import { JobSearch, type JobSearchSpec } from '../../../src/service/views/jobSearch'

/** How SQLite goes about each step of a search among jobs of which none is found. */
function plansOf(spec: JobSearchSpec): unknown[] {
  const db = new DatabaseSync(':memory:')
  openSchema(db, '')
  const plans: unknown[] = []
  const prepareOnce = (sql: string) => ({
    all: (...values: number[]) => {
      plans.push(db.prepare(`EXPLAIN QUERY PLAN ${sql}`).get(...values)?.detail)
      return []
    },
  })
  const store = { db: { prepareOnce }, ensureMeasured: () => db.exec(measuredIndex) } as unknown as Store
  for (const step of new JobSearch(store, spec, () => []).steps(5000, 0)) expect(step).toEqual([])
  return plans
}

it.each(['duration', 'memory'] as const)('sorts by %s from the index alone', order => {
  expect(plansOf({ conditions: [], order })).toEqual([expect.stringContaining('INDEX jobs_measured')])
})

it('reads the jobs themselves for a condition', () => {
  const conditions = [{ kind: 'states' as const, states: ['failed' as const] }]
  expect(plansOf({ conditions, order: 'duration' })).toEqual([expect.stringContaining('PRIMARY KEY')])
})
