// Stores with wrong bytes and wrong values: each is opened, or moved aside with a sentence, or found damaged when it is read.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { statePaths } from '../../src/service/base/paths'
import { makeTempState, type TempState } from '../support/tempState'
import { openWindow } from '../support/window'
import { amountOf, fuzz, seed } from './amounts'
import { applyChange, change, type Edit, edit, edited, text } from './junk'
import { makeStore, readWholeStore, type StoreBytes } from './stores'

let state: TempState
let stores: StoreBytes[]
beforeAll(async () => {
  state = makeTempState()
  stores = await Promise.all([makeStore('SIGTERM'), makeStore('SIGKILL')])
})
afterAll(() => state.remove())

/** Half of a store is empty: what is changed there would not be noticed. */
function usedPlaces(bytes: Uint8Array): number[] {
  return [...bytes.keys()].filter(at => bytes[at] !== 0)
}

const tables = ['jobs', 'batches', 'attempts', 'environments', 'meta']
const value = fc.oneof(
  fc.constant(null),
  fc.constantFrom(0n, 1n, 2n, 5n, -1n, 2n ** 40n, 2n ** 60n, -(2n ** 63n)),
  fc.constantFrom(0.5, 1e300),
  text,
  fc.constantFrom(
    '[]',
    '{}',
    '{"name":1}',
    '{"error":"none","attempts":"2"}',
    '{"retries":1e999}',
    'queued',
    'succeeded',
    'toString',
  ),
  fc.uint8Array({ maxLength: 5 }),
)
const valueEdit = fc.record({ table: fc.constantFrom(...tables), row: fc.nat(), column: fc.nat(), value })
type ValueEdit = typeof valueEdit extends fc.Arbitrary<infer V> ? V : never

const jsonColumns = [
  ...['jobs.spec', 'jobs.facts', 'batches.handler', 'attempts.facts', 'environments.vars', 'environments.secrets'],
  'meta.value',
]
const jsonEdit = fc.record({ column: fc.constantFrom(...jsonColumns), row: fc.nat(), change })
type JsonEdit = typeof jsonEdit extends fc.Arbitrary<infer J> ? J : never

const damage = fc.record({
  which: fc.nat({ max: 1 }),
  ofStore: fc.array(edit, { maxLength: 4 }),
  ofLog: fc.array(edit, { maxLength: 2 }),
  ofValues: fc.array(valueEdit, { maxLength: 3 }),
  ofJson: fc.array(jsonEdit, { maxLength: 3 }),
})
interface Damage {
  which: number
  ofStore: readonly Edit[]
  ofLog: readonly Edit[]
  ofValues: readonly ValueEdit[]
  ofJson: readonly JsonEdit[]
}

const places = new WeakMap<Uint8Array, number[]>()
function damagedBytes(bytes: Uint8Array, edits: readonly Edit[]): Buffer {
  const used = places.get(bytes) ?? usedPlaces(bytes)
  places.set(bytes, used)
  return edited(bytes, edits, used)
}

/** @returns the file of the store, in a folder of its own */
function writeDamaged(folder: string, { which, ofStore, ofLog, ofValues, ofJson }: Damage): string {
  mkdirSync(folder, { recursive: true })
  const file = statePaths(folder).store
  const { store, log } = stores[which] as StoreBytes
  writeFileSync(file, store)
  if (log) writeFileSync(`${file}-wal`, damagedBytes(log, ofLog))
  if (ofValues.length > 0) inStore(file, db => changeValues(db, ofValues))
  if (ofJson.length > 0) inStore(file, db => changeJson(db, ofJson))
  if (ofValues.length + ofJson.length === 0) writeFileSync(file, damagedBytes(store, ofStore))
  return file
}

function inStore(file: string, change: (db: DatabaseSync) => void): void {
  const db = new DatabaseSync(file)
  try {
    change(db)
  } catch {
    // its log is damaged already, or the column takes no such value
  } finally {
    db.close()
  }
}

/** The number of a row as SQL. */
function rowOf(table: string, row: number): string {
  return `(SELECT rowid FROM ${table} LIMIT 1 OFFSET ${row} % max(1, (SELECT count(*) FROM ${table})))`
}

function changeValues(db: DatabaseSync, edits: readonly ValueEdit[]): void {
  for (const { table, row, column, value } of edits) {
    const columns = db.prepare(`PRAGMA table_info(${table})`).all()
    const name = columns[column % columns.length]?.name
    db.prepare(`UPDATE OR IGNORE ${table} SET ${name} = ? WHERE rowid = ${rowOf(table, row)}`).run(value)
  }
}

/** It stays JSON, of a wrong kind in one place. */
function changeJson(db: DatabaseSync, edits: readonly JsonEdit[]): void {
  for (const { column, row, change } of edits) {
    const [table, name] = column.split('.') as [string, string]
    const found = db.prepare(`SELECT ${name} AS json FROM ${table} WHERE rowid = ${rowOf(table, row)}`).get()
    if (typeof found?.json !== 'string') continue
    const json = JSON.stringify(applyChange(JSON.parse(found.json), change))
    db.prepare(`UPDATE ${table} SET ${name} = ? WHERE rowid = ${rowOf(table, row)}`).run(json)
  }
}

/** What lies beside the file of a store has its name, with an ending, once both are moved aside. */
const isNamed = (name: string) => !/\.damaged-.*-(wal|shm|journal)$/.test(name)

it('stores', async () => {
  const folder = join(state.folder, 'one')
  await fuzz('store', 1, damage, given => {
    const file = writeDamaged(folder, given)
    try {
      const news = readWholeStore(file)
      const aside = readdirSync(folder).filter(name => name.includes('.damaged-'))
      expect(aside.length > 0).toBe(news !== undefined)
      for (const name of aside.filter(isNamed)) expect(news).toContain(join(folder, name))
      if (news) expect(readWholeStore(file)).toBeUndefined() // the next service finds one that is whole
    } catch (error) {
      // the one thing that is refused: what a newer version has written
      if (!(error as Error).message.includes('was written by a newer version')) throw error
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

it('stores of a job service that starts with them', async () => {
  const damages = fc.sample(damage, { seed, numRuns: Math.ceil(amountOf('store') / 100) })
  for (const [i, given] of damages.entries()) {
    const folder = join(state.folder, `${i}`)
    writeDamaged(folder, given)
    const window = openWindow(folder)
    const job = window.api.submit({ command: ['echo', 'works'], stdout: 'text' })
    // damage may leave an earlier job queued, and then the queue is paused as after any crash
    await job.accepted.then(
      () => window.client.service.pause({ paused: false }),
      () => undefined,
    )
    const result = await job.result
    window.client.dispose()
    const isNewer = result.state === 'failed' && result.error?.message.includes('newer version')
    if (!isNewer)
      expect(result, `store ${i} of --seed ${seed}: ${fc.stringify(given)}`).toMatchObject({
        state: 'succeeded',
        value: 'works\n',
      })
  }
})
