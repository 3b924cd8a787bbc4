// What the extension takes from the page of a timeline: messages within their limits, and no others.
import * as v from 'valibot'
import { MAX_ID_LENGTH } from '../../core/pages/rowTargets'
import { barActions, type FromTimelinePage, type KeptTimeline } from '../../core/pages/timelinePage'

const aSeq = v.pipe(v.number(), v.safeInteger(), v.minValue(0))

const fromTimelinePage = v.variant('type', [
  v.object({ type: v.literal('describe'), seq: aSeq }),
  v.object({ type: v.literal('barAction'), action: v.picklist(barActions), seq: aSeq }),
])

export function parseFromTimelinePage(message: unknown): FromTimelinePage | undefined {
  const parsed = v.safeParse(fromTimelinePage, message)
  return parsed.success ? parsed.output : undefined
}

const kept = v.object({
  batch: v.exactOptional(
    v.object({
      id: v.pipe(v.string(), v.minLength(1), v.maxLength(MAX_ID_LENGTH)),
      name: v.string(),
    }),
  ),
})

/** What VS Code has kept of a tab; one of all jobs when another version has kept it. */
export function parseKeptTimeline(value: unknown): KeptTimeline {
  return v.is(kept, value) ? value : {}
}
