// What the page of the status tree takes from the extension: messages that have the shape of one, and no others.
import * as v from 'valibot'
import { isRecord } from '../../core/base/records'
import { columns, serviceStates, type ToJobsPage } from '../../core/pages/jobsPage'
import { MAX_ID_LENGTH } from '../../core/pages/rowTargets'
import { findGroupings, findOrders } from '../../core/protocol/facts'
import { MAX_BATCH_NAMES, MAX_QUEUES_SHOWN, MAX_ROWS, MAX_WORKERS_SHOWN } from '../../core/protocol/limits'

// Single checks rather than pipes of the library's: less of it is bundled into the page.
const aCount = v.custom<number>(value => Number.isSafeInteger(value) && (value as number) >= 0)
const anId = v.custom<string>(value => typeof value === 'string' && value !== '' && value.length <= MAX_ID_LENGTH)
const aTime = v.custom<number>(Number.isFinite)
const aRecord = v.custom<Record<string, unknown>>(isRecord)

const aTail = v.object({ text: v.string(), total: aCount })

/** What the page relies on; the facts inside come from the job service as they are. */
const toJobsPage = v.union([
  v.object({
    type: v.literal('state'),
    service: v.picklist(serviceStates),
    trusted: v.boolean(),
    now: aTime,
    message: v.optional(v.string()),
    columns: v.optional(v.array(v.picklist(columns))),
    queues: v.optional(v.pipe(v.array(v.object({ name: v.string() })), v.maxLength(MAX_QUEUES_SHOWN))),
    summary: v.optional(
      v.object({
        counts: aRecord,
        workers: v.optional(v.pipe(v.array(v.object({ id: anId })), v.maxLength(MAX_WORKERS_SHOWN))),
      }),
    ),
  }),
  v.object({
    type: v.literal('rows'),
    rows: v.object({
      from: aCount,
      total: aCount,
      serial: v.optional(aCount),
      found: v.optional(aCount),
      rows: v.pipe(
        v.array(
          v.union([
            v.object({ kind: v.literal('job'), job: v.object({ id: anId }) }),
            v.object({ kind: v.literal('group'), id: anId, entries: aCount }),
            v.object({ kind: v.literal('batch'), batch: v.object({ id: anId, counts: aRecord }) }),
          ]),
        ),
        v.maxLength(MAX_ROWS),
      ),
    }),
  }),
  v.object({ type: v.literal('find'), text: v.optional(v.string()) }),
  v.object({ type: v.literal('batchNames'), names: v.pipe(v.array(v.string()), v.maxLength(MAX_BATCH_NAMES)) }),
  v.object({
    type: v.literal('restoreFind'),
    find: v.object({
      isOpen: v.boolean(),
      text: v.string(),
      order: v.picklist(findOrders),
      group: v.nullable(v.picklist(findGroupings)),
    }),
  }),
  v.object({
    type: v.literal('details'),
    id: anId,
    details: v.optional(
      v.object({
        job: v.object({ id: anId }),
        env: v.array(aRecord),
        files: v.array(v.string()),
        usage: v.optional(v.array(v.object({ at: aTime, memoryBytes: aCount }))),
        stdout: aTail,
        stderr: aTail,
      }),
    ),
  }),
  v.object({ type: v.literal('cost'), batchId: anId, coreHours: aTime }),
  v.object({ type: v.literal('stepFailure'), by: v.picklist([1, -1]) }),
])

/** A message of the extension if it has the shape of one. */
export function parseToJobsPage(message: unknown): ToJobsPage | undefined {
  return v.is(toJobsPage, message) ? (message as unknown as ToJobsPage) : undefined
}
