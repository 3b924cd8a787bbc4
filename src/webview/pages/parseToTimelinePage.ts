// What the page of a timeline takes from the extension: messages that have the shape of one, and no others.
import * as v from 'valibot'
import type { ToTimelinePage } from '../../core/pages/timelinePage'

const numbers = v.array(v.number())
const aNumber = v.custom<number>(Number.isFinite)

/** What the page relies on; the facts inside come from the job service as they are. */
const toTimelinePage = v.union([
  v.object({
    type: v.literal('state'),
    slots: aNumber,
    message: v.optional(v.string()),
    kept: v.object({ batch: v.optional(v.object({ id: v.string(), name: v.string() })) }),
  }),
  v.object({
    type: v.literal('part'),
    part: v.object({
      now: aNumber,
      removed: numbers,
      bars: v.object({
        base: aNumber,
        seq: numbers,
        retry: numbers,
        state: numbers,
        cores: numbers,
        submitted: numbers,
        started: numbers,
        ended: numbers,
      }),
      usage: v.object({ at: numbers, cpu: numbers, memory: numbers }),
    }),
  }),
  v.object({ type: v.literal('job'), seq: aNumber, job: v.optional(v.object({ id: v.string() })) }),
])

/** A message of the extension if it has the shape of one. */
export function parseToTimelinePage(message: unknown): ToTimelinePage | undefined {
  return v.is(toTimelinePage, message) ? (message as unknown as ToTimelinePage) : undefined
}
