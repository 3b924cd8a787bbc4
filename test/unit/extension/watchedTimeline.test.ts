// What a timeline hands on to its page: what is new, and that it has all.
import { expect, test } from 'vitest'
import type { ServiceClient } from '../../../src/client/connection/serviceClient'
import { addBar, noBars, noUsage, type TimelinePart } from '../../../src/core/timeline/bars'
import { WatchedTimeline } from '../../../src/extension/timeline/watchedTimeline'
import { until } from '../../support/until'

const LIMIT_MS = 60_000

/** One bar, or nothing new. */
function partOf(kind: 'bar' | 'nothing', more: Partial<TimelinePart> = {}): TimelinePart {
  const bars = noBars(0)
  const at = { submitted: 0, started: 1, ended: 2 }
  if (kind === 'bar') addBar(bars, { seq: 1, retry: 0, state: 0, cores: 1, ...at })
  return { bars, removed: [], usage: noUsage(), now: 0, ...more }
}

test('while nothing happens nothing is handed on, except once that all has been read', async () => {
  const answers = [partOf('bar', { anew: true, more: true }), partOf('nothing'), partOf('nothing'), partOf('bar')]
  let asked = 0
  const service = { timeline: async () => answers[asked++] ?? partOf('nothing') }
  const client = { state: 'connected', service, onDidChangeState: () => ({ dispose: () => undefined }) }
  const parts: TimelinePart[] = []
  const listener = { onPart: (part: TimelinePart) => parts.push(part), onProblem: () => undefined }
  const timeline = new WatchedTimeline(client as unknown as ServiceClient, undefined, listener)
  timeline.show(true)
  await until(() => asked > answers.length, LIMIT_MS, 'a question after the last answer')
  timeline.dispose()
  expect(parts).toEqual([answers[0], answers[1], answers[3]])
})
