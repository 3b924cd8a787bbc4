// The page of a timeline alone, in a real browser: what a click does in a picture that was zoomed.
import { expect, test } from 'vitest'
import { jobStates } from '../../src/core/jobs/job'
import type { ToTimelinePage } from '../../src/core/pages/timelinePage'
import { addBar, noBars, noUsage } from '../../src/core/timeline/bars'
import { until } from '../support/until'
import { ViewPage } from '../support/viewPage'
import { UI_LIMIT_MS } from './quickInput'

/** The middle of the first lane, and the width of what is beside the time; CSS pixels. */
const FIRST_LANE = 35
const GUTTER = 34
const SECOND = 1000

test('a double click on a bar that begins before what is in sight leads to its job, and moves nothing', async () => {
  const view = await ViewPage.open({ width: 800, height: 600 }, undefined, undefined, {}, 'timeline')
  try {
    const send = (message: ToTimelinePage) => view.page.evaluate(sent => window.postMessage([sent], '*'), message)
    const base = Date.now() - 3600 * SECOND
    const bars = noBars(base)
    const state = jobStates.indexOf('succeeded')
    for (const [seq, [from, to]] of [
      [0, 60],
      [60, 100],
      [100, 200],
    ].entries()) {
      const [started, ended] = [base + (from ?? 0) * SECOND, base + (to ?? 0) * SECOND]
      addBar(bars, { seq, retry: 0, state, cores: 1, submitted: base, started, ended })
    }
    await send({ type: 'state', slots: 1, kept: {} })
    await send({ type: 'part', part: { anew: true, bars, removed: [], usage: noUsage(), now: Date.now() } })
    await view.page.locator('.summary', { hasText: '3 succeeded' }).waitFor()
    const canvas = view.page.locator('canvas')
    for (const key of ['+', '+']) await canvas.press(key) // from 74 to 126 seconds
    const { width = 0 } = (await canvas.boundingBox()) ?? {}
    const position = { x: GUTTER + 0.1 * (width - GUTTER), y: FIRST_LANE }
    await canvas.dblclick({ position })
    const actions = (await view.sent()).filter(({ type }) => (type as string) === 'barAction')
    expect(actions).toEqual([{ type: 'barAction', action: 'showJob', seq: 1 }])

    // the facts of many others, which the pointer has passed, take the place of those of the chosen one
    const described = async () =>
      (await view.sent()).filter(sent => JSON.stringify(sent) === '{"type":"describe","seq":1}')
    const before = (await described()).length
    for (let seq = 1; seq <= 600; seq++) await send({ type: 'job', seq })
    await until(async () => (await described()).length > before, UI_LIMIT_MS, 'a new request for its facts')
  } finally {
    await view.close()
  }
})
