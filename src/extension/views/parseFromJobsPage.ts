// What the extension takes from the page of the status tree: messages within their limits, and no others. Nothing else says what is run.
import * as v from 'valibot'
import { MAX_QUEUE_NAME } from '../../core/jobs/queueConfig'
import { jobFiles } from '../../core/pages/jobDetails'
import { type FromJobsPage, foundActions, type KeptFind, MAX_EXPANDED, viewActions } from '../../core/pages/jobsPage'
import { MAX_ID_LENGTH, rowActions } from '../../core/pages/rowTargets'
import { findGroupings, findOrders } from '../../core/protocol/facts'
import { MAX_FILTER_LENGTH } from '../../core/protocol/filterText'
import { MAX_CONCURRENCY, MAX_ROWS, MAX_WORKERS_SHOWN } from '../../core/protocol/limits'

const aCount = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const anId = v.pipe(v.string(), v.minLength(1), v.maxLength(MAX_ID_LENGTH))
const aFilter = v.pipe(v.string(), v.maxLength(MAX_FILTER_LENGTH))
const aQueue = v.pipe(v.string(), v.minLength(1), v.maxLength(MAX_QUEUE_NAME))
const workerIds = v.pipe(v.array(anId), v.minLength(1), v.maxLength(MAX_WORKERS_SHOWN))

const keptFind = v.object({
  isOpen: v.boolean(),
  text: aFilter,
  order: v.picklist(findOrders),
  group: v.nullable(v.picklist(findGroupings)),
})

const fromJobsPage = v.variant('type', [
  v.object({ type: v.picklist(['connect', 'manageTrust']) }),
  v.object({
    type: v.literal('query'),
    query: v.object({
      from: aCount,
      count: v.pipe(aCount, v.maxValue(MAX_ROWS)),
      expanded: v.pipe(v.array(anId), v.maxLength(MAX_EXPANDED)),
      groups: v.exactOptional(v.literal(true)),
      find: v.exactOptional(
        v.object({
          text: aFilter,
          order: v.picklist(findOrders),
          group: v.exactOptional(v.picklist(findGroupings)),
        }),
      ),
      serial: v.exactOptional(aCount),
    }),
  }),
  v.object({
    type: v.literal('rowAction'),
    action: v.picklist(rowActions),
    targets: v.pipe(
      v.array(v.object({ kind: v.picklist(['job', 'batch']), id: anId })),
      v.minLength(1),
      v.maxLength(MAX_ROWS),
    ),
  }),
  v.object({ type: v.literal('foundAction'), action: v.picklist(foundActions), text: aFilter }),
  v.object({ type: v.literal('queryBatches'), text: aFilter }),
  v.object({ type: v.literal('keepFind'), find: keptFind }),
  v.object({ type: v.literal('showDetails'), id: v.exactOptional(anId), batchId: v.exactOptional(anId) }),
  v.object({ type: v.literal('openFile'), id: anId, file: v.picklist(jobFiles) }),
  v.object({ type: v.literal('focused'), focused: v.boolean() }),
  v.object({ type: v.literal('viewAction'), action: v.picklist(viewActions) }),
  v.object({ type: v.literal('setConcurrency'), concurrency: v.pipe(aCount, v.maxValue(MAX_CONCURRENCY)) }),
  v.object({ type: v.literal('connectQueue'), queue: aQueue }),
  v.object({ type: v.literal('endAllocation'), queue: aQueue, allocation: v.pipe(v.string(), v.regex(/^\d{1,18}$/)) }),
  v.object({ type: v.literal('pauseQueue'), queue: aQueue, paused: v.boolean() }),
  v.object({ type: v.literal('stopWorkers'), ids: v.exactOptional(workerIds) }),
])

/** What was kept for the page, unless another version has kept it. */
export function parseKeptFind(value: unknown): KeptFind | undefined {
  return v.is(keptFind, value) ? value : undefined
}

/** A message of the page if it is one, whole and within its limits; nothing else that came with it. */
export function parseFromJobsPage(message: unknown): FromJobsPage | undefined {
  const parsed = v.safeParse(fromJobsPage, message)
  return parsed.success ? parsed.output : undefined
}
