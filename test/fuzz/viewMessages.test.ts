// Anything as a message between the view's page and the extension: it is taken when it is one, and else nothing comes of it.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { jobFiles } from '../../src/core/pages/jobDetails'
import {
  columns,
  type FromJobsPage,
  foundActions,
  MAX_EXPANDED,
  serviceStates,
  viewActions,
} from '../../src/core/pages/jobsPage'
import { MAX_ID_LENGTH, rowActions } from '../../src/core/pages/rowTargets'
import { findGroupings, findOrders, type Row } from '../../src/core/protocol/facts'
import { MAX_FILTER_LENGTH } from '../../src/core/protocol/filterText'
import { MAX_CONCURRENCY, MAX_ROWS, MAX_WORKERS_SHOWN } from '../../src/core/protocol/limits'
import { parseFromJobsPage } from '../../src/extension/views/parseFromJobsPage'
import { parseToJobsPage } from '../../src/webview/pages/parseToJobsPage'
import { fuzz } from './amounts'
import { changed, text } from './junk'

const id = fc.uuid()
const kind = fc.constantFrom('job', 'batch')
const count = fc.nat({ max: MAX_ROWS })

const filter = fc.string({ maxLength: MAX_FILTER_LENGTH })
const find = fc.record(
  { text: filter, order: fc.constantFrom(...findOrders), group: fc.constantFrom(...findGroupings) },
  { requiredKeys: ['text', 'order'] },
)

const keptFind = fc.record({
  isOpen: fc.boolean(),
  text: filter,
  order: fc.constantFrom(...findOrders),
  group: fc.constantFrom(null, ...findGroupings),
})

const toExtension = fc.oneof(
  fc.record({ type: fc.constantFrom('connect', 'manageTrust') }),
  fc.record({
    type: fc.constant('query'),
    query: fc.record(
      { from: fc.nat(), count, expanded: fc.array(id, { maxLength: 3 }), find, serial: fc.nat() },
      { requiredKeys: ['from', 'count', 'expanded'] },
    ),
  }),
  fc.record({ type: fc.constant('foundAction'), action: fc.constantFrom(...foundActions), text: filter }),
  fc.record({ type: fc.constant('openFile'), id, file: fc.constantFrom(...jobFiles) }),
  fc.record({ type: fc.constant('queryBatches'), text: filter }),
  fc.record({ type: fc.constant('keepFind'), find: keptFind }),
  fc.record({ type: fc.constant('showDetails'), id, batchId: id }, { requiredKeys: ['type'] }),
  fc.record({ type: fc.constant('focused'), focused: fc.boolean() }),
  fc.record({
    type: fc.constant('rowAction'),
    action: fc.constantFrom(...rowActions),
    targets: fc.array(fc.record({ kind, id }), { minLength: 1, maxLength: 3 }),
  }),
  fc.record({ type: fc.constant('viewAction'), action: fc.constantFrom(...viewActions) }),
  fc.record({ type: fc.constant('setConcurrency'), concurrency: fc.nat({ max: MAX_CONCURRENCY }) }),
  fc.record(
    { type: fc.constant('stopWorkers'), ids: fc.array(id, { minLength: 1, maxLength: 3 }) },
    { requiredKeys: ['type'] },
  ),
)

const counts = fc.dictionary(text, fc.nat(), { maxKeys: 3 })
const tail = fc.record({ text, total: fc.nat() })
const toView = fc.oneof(
  fc.record(
    {
      type: fc.constant('state'),
      service: fc.constantFrom(...serviceStates),
      trusted: fc.boolean(),
      now: fc.integer(),
      columns: fc.subarray([...columns]),
      message: text,
      summary: fc.record(
        { counts, workers: fc.array(fc.record({ id }), { maxLength: 3 }) },
        { requiredKeys: ['counts'] },
      ),
    },
    { requiredKeys: ['type', 'service', 'trusted', 'now'] },
  ),
  fc.record({
    type: fc.constant('rows'),
    rows: fc.record({
      from: fc.nat(),
      total: fc.nat(),
      serial: fc.nat(),
      found: fc.nat(),
      rows: fc.array(
        fc.oneof(
          fc.record({ kind: fc.constant('job'), job: fc.record({ id }) }),
          fc.record({ kind: fc.constant('batch'), batch: fc.record({ id, counts }) }),
        ),
        { maxLength: 3 },
      ),
    }),
  }),
  fc.record({ type: fc.constant('find'), text }, { requiredKeys: ['type'] }),
  fc.record({ type: fc.constant('batchNames'), names: fc.array(text, { maxLength: 3 }) }),
  fc.record({ type: fc.constant('restoreFind'), find: keptFind }),
  fc.record(
    {
      type: fc.constant('details'),
      id,
      details: fc.record({
        job: fc.record({ id }),
        env: fc.array(fc.record({ name: text })),
        files: fc.subarray([...jobFiles]),
        usage: fc.array(fc.record({ at: fc.nat(), memoryBytes: fc.nat() }), { maxLength: 3 }),
        stdout: tail,
        stderr: tail,
      }),
    },
    { requiredKeys: ['type', 'id'] },
  ),
  fc.record({
    type: fc.constant('cost'),
    batchId: id,
    coreHours: fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }),
  }),
  fc.record({ type: fc.constant('stepFailure'), by: fc.constantFrom(1, -1) }),
)

/** What a page may send besides JSON. */
const anything = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withSet: true,
  withNullPrototype: true,
  withSparseArray: true,
  withTypedArray: true,
  maxDepth: 3,
})

interface Given {
  message: unknown
  isRight: boolean
}
function messagesOf(right: fc.Arbitrary<unknown>): fc.Arbitrary<Given> {
  return fc.oneof(
    { weight: 2, arbitrary: right.map(message => ({ message, isRight: true })) },
    { weight: 6, arbitrary: changed(right).map(message => ({ message, isRight: false })) },
    { weight: 1, arbitrary: anything.map(message => ({ message, isRight: false })) },
  )
}

const isId = (value: string) => value.length >= 1 && value.length <= MAX_ID_LENGTH
const isCount = (value: number) => Number.isSafeInteger(value) && value >= 0
const isFilter = (value: string) => value.length <= MAX_FILTER_LENGTH
const isPart = <T>(list: readonly T[], most: number) => list.length <= most

/** Whether it is one, within its limits, said in other words than those of the parser. */
function isMessage(message: FromJobsPage): boolean {
  switch (message.type) {
    case 'query': {
      const { from, count, expanded, find, serial = 0 } = message.query
      return (
        isCount(serial) &&
        (!find || (isFilter(find.text) && findOrders.includes(find.order))) &&
        (!find?.group || findGroupings.includes(find.group)) &&
        isCount(from) &&
        isCount(count) &&
        count <= MAX_ROWS &&
        isPart(expanded, MAX_EXPANDED) &&
        expanded.every(isId)
      )
    }
    case 'rowAction':
      return (
        rowActions.includes(message.action) &&
        message.targets.length > 0 &&
        isPart(message.targets, MAX_ROWS) &&
        message.targets.every(target => ['job', 'batch'].includes(target.kind) && isId(target.id))
      )
    case 'foundAction':
      return foundActions.includes(message.action) && isFilter(message.text)
    case 'openFile':
      return isId(message.id) && jobFiles.includes(message.file)
    case 'queryBatches':
      return isFilter(message.text)
    case 'keepFind': {
      const { text, order, group } = message.find
      return isFilter(text) && findOrders.includes(order) && (group === null || findGroupings.includes(group))
    }
    case 'showDetails':
      return [message.id, message.batchId].every(one => one === undefined || isId(one))
    case 'focused':
      return typeof message.focused === 'boolean'
    case 'viewAction':
      return viewActions.includes(message.action)
    case 'setConcurrency':
      return isCount(message.concurrency) && message.concurrency <= MAX_CONCURRENCY
    case 'stopWorkers':
      return (
        !message.ids || (message.ids.length > 0 && isPart(message.ids, MAX_WORKERS_SHOWN) && message.ids.every(isId))
      )
    default:
      return ['connect', 'manageTrust'].includes(message.type)
  }
}

it('messages to the extension', async () => {
  await fuzz('toExtension', 1, messagesOf(toExtension), ({ message, isRight }) => {
    const parsed = parseFromJobsPage(message)
    if (isRight) expect(parsed).toEqual(message)
    if (!parsed) return
    expect(isMessage(parsed)).toBe(true)
    expect(parseFromJobsPage(parsed)).toEqual(parsed)
  })
})

it('messages to the page', async () => {
  await fuzz('toView', 1, messagesOf(toView), ({ message, isRight }) => {
    const parsed = parseToJobsPage(message)
    if (isRight) expect(parsed).toBe(message)
    if (parsed?.type === 'state') {
      const { service, now, summary } = parsed
      expect([serviceStates.includes(service), Number.isFinite(now)]).toEqual([true, true])
      expect(summary?.workers?.every(worker => isId(worker.id)) ?? true).toBe(true)
    } else if (parsed?.type === 'rows') {
      const { from, total, rows } = parsed.rows
      expect([isCount(from), isCount(total), isPart(rows, MAX_ROWS)]).toEqual([true, true, true])
      const idOf = (row: Row) => (row.kind === 'job' ? row.job.id : row.kind === 'batch' ? row.batch.id : row.id)
      expect(rows.every(row => isId(idOf(row)))).toBe(true)
    }
  })
})
