// What a timeline of 100,000 jobs costs the main thread of its page, in a real browser.
import { jobStates } from '../../src/core/jobs/job'
import { addBar, noBars, noUsage, type TimelinePart } from '../../src/core/timeline/bars'
import { ViewPage } from '../support/viewPage'
import { median, type Scenario } from './harness'

const JOBS = 100_000
const PART = 5000
const SLOTS = 8
const STEPS = 120
const MB = 1024 * 1024
const size = { width: 1200, height: 700 }

export const timeline: Scenario = {
  name: 'timeline',
  title: `a timeline of ${JOBS} jobs: a frame of zooming in, moving and zooming out`,
  async run() {
    const view = await ViewPage.open(size, undefined, undefined, {}, 'timeline')
    try {
      const { page } = view
      const send = (message: unknown) => page.evaluate(sent => window.postMessage([sent], '*'), message)
      await send({ type: 'state', slots: SLOTS, kept: {} })
      const parts = partsOf(Date.now())
      for (const [i, part] of parts.entries())
        await send({ type: 'part', part: { ...part, ...(i === 0 && { anew: true }) } })
      await page.locator('.summary', { hasText: 'succeeded' }).waitFor()
      const frames: number[] = []
      for (const keys of [['+'], ['Shift+ArrowRight'], ['-']])
        frames.push(...(await page.evaluate(costs, { keys, steps: STEPS / 3 })))
      const session = await page.context().newCDPSession(page)
      await session.send('HeapProfiler.collectGarbage')
      const { usedSize } = await session.send('Runtime.getHeapUsage')
      const sorted = frames.sort((a, b) => a - b)
      return {
        ours: {
          frameMedianMs: median(sorted),
          frameP95Ms: sorted[Math.floor(sorted.length * 0.95)] ?? 0,
          pageMB: usedSize / MB,
        },
        peers: {},
        ratios: {},
        missing: [],
      }
    } finally {
      await view.close()
    }
  },
}

/** What the frame after a key costs, from its beginning to what follows the painting, milliseconds. */
async function costs({ keys, steps }: { keys: string[]; steps: number }): Promise<number[]> {
  const canvas = document.querySelector('canvas') as HTMLCanvasElement
  const channel = new MessageChannel()
  const all: number[] = []
  for (let i = 0; i < steps; i++) {
    await new Promise<void>(done => {
      let begun = 0
      channel.port1.onmessage = () => {
        all.push(performance.now() - begun)
        done()
      }
      // in the order in which they are called in the next frame: the page draws between them
      requestAnimationFrame(() => (begun = performance.now()))
      for (const name of keys) {
        const key = name.replace('Shift+', '')
        canvas.dispatchEvent(new KeyboardEvent('keydown', { key, shiftKey: key !== name, bubbles: true }))
      }
      requestAnimationFrame(() => channel.port2.postMessage(0))
    })
  }
  return all
}

/** Jobs of 20 to 300 ms on each slot, some of which fail. */
function partsOf(end: number): TimelinePart[] {
  const freeAt = Array.from({ length: SLOTS }, () => end - 24 * 3600_000)
  const parts: TimelinePart[] = []
  const submitted = freeAt[0] as number
  for (let from = 0; from < JOBS; from += PART) {
    const bars = noBars(submitted)
    for (let seq = from; seq < from + PART; seq++) {
      const slot = seq % SLOTS
      const started = (freeAt[slot] as number) + (seq % 7)
      const ended = started + 20 + ((seq * 7919) % 280)
      freeAt[slot] = ended
      const state = jobStates.indexOf(seq % 97 === 0 ? 'failed' : 'succeeded')
      addBar(bars, { seq, retry: 0, state, cores: 1, submitted, started, ended })
    }
    parts.push({ bars, removed: [], usage: noUsage(), now: end, ...(from + PART < JOBS && { more: true as const }) })
  }
  return parts
}
