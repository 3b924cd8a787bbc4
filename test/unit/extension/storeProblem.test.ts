// The status bar while the store cannot be written, and after it was damaged.
import { expect, test } from 'vitest'
import type { Summary } from '../../../src/core/protocol/facts'
import { statusText } from '../../../src/extension/text/statusText'

const summary: Summary = {
  counts: { queued: 2 },
  paused: false,
  concurrency: 2,
  concurrencyWhy: 'Two cores.',
  slotsTaken: 0,
}

test('a store that cannot be written is the first thing that the status bar shows', () => {
  const { text, spoken, tooltip } = statusText('connected', { ...summary, storeProblem: 'The disk is full.' })
  expect(text).toContain('$(warning)')
  expect(spoken).toContain('nothing can be written')
  expect(tooltip[0]).toBe('The disk is full.')
})

test('damage is shown beside the rest', () => {
  const { text, tooltip } = statusText('connected', { ...summary, storeNews: 'The store was damaged.' })
  expect(text).not.toContain('$(warning)')
  expect(tooltip).toContain('The store was damaged.')
})
