// How jobs are searched for: what sorts 100,000 of them reads no facts of theirs.
import { DatabaseSync } from 'node:sqlite'
import { expect, it } from 'vitest'
import { Database, type Statement } from '../../../src/service/store/database'
import { measuredIndex, openSchema } from '../../../src/service/store/schema'
import type { Store } from '../../../src/service/store/store'
import { JobSearch, type JobSearchSpec } from '../../../src/service/views/jobSearch'

/** A store with jobs of these numbers, and how SQLite goes about each step of a search in it. */
function storeOf(...seqs: number[]): { store: Store; plans: unknown[] } {
  const db = new DatabaseSync(':memory:')
  openSchema(db, '')
  const insert = db.prepare(
    `INSERT INTO jobs (seq, id, batch, pos, owner, session, state, environment, submitted, spec) VALUES (?, ?, 0, 1, '', '', 'queued', '', 0, '{}')`,
  )
  for (const seq of seqs) insert.run(seq, `job ${seq}`)
  const plans: unknown[] = []
  const shared = new Database(db, '')
  const prepareOnce: Database['prepareOnce'] = (sql, rows) => {
    const statement = shared.prepareOnce(sql, rows)
    const explained = db.prepare(`EXPLAIN QUERY PLAN ${sql}`)
    const all: Statement['all'] = (...values) => {
      plans.push(explained.get(...values)?.detail)
      return statement.all(...values)
    }
    return { ...statement, all }
  }
  const prepare: Database['prepare'] = (sql, rows) => shared.prepare(sql, rows)
  const store = { db: { prepare, prepareOnce }, ensureMeasured: () => db.exec(measuredIndex) }
  return { store: store as unknown as Store, plans }
}

function plansOf(spec: JobSearchSpec): unknown[] {
  const { plans, store } = storeOf(1)
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

it.each(['newest', 'memory'] as const)('passes over numbers that no job has, by %s', order => {
  const far = 2 ** 40
  const { plans, store } = storeOf(7, far, far + 4999, far + 5000, far + 5001)
  const steps = [...new JobSearch(store, { conditions: [], order }, () => []).steps(far + 5000, 4)]
  expect(steps.flat().map(({ seq }) => seq)).toEqual([7, far, far + 4999, far + 5000])
  expect(plans.length).toBeLessThanOrEqual(6)
})
