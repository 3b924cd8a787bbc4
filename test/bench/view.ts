// What a view of 100,000 jobs costs: the page in a real browser, its rows from a real job service.

import type { ServiceClient } from '../../src/client/connection/serviceClient'
import { pause } from '../../src/core/base/pause'
import type { ToJobsPage } from '../../src/core/pages/jobsPage'
import type { RowQuery } from '../../src/core/protocol/facts'
import { openJobsView } from '../support/jobsView'
import { until } from '../support/until'
import { ViewPage } from '../support/viewPage'
import { median, memoryOf, openService, type Scenario, time } from './harness'

const JOBS = 100_000
const ROUNDS = 5
const SCROLLED_ROWS = 2000
const ROWS_A_FRAME = 10
const QUERIES = 200
const MB = 1024 * 1024
const LIMIT_MS = 120_000
const size = { width: 400, height: 800 }

export const view: Scenario = {
  name: 'view',
  title: `a view of ${JOBS} jobs of one batch, one of which has failed: first rows, scrolling, finding, memory`,
  async run() {
    const service = await openService()
    try {
      const batch = await fill(service)
      const page = await openPage(service.client, batch)
      try {
        const readyMs = median(await inRounds(() => page.ready()))
        const frames = await page.scroll()
        const filterMs = median(await inRounds(() => page.find('state:failed', 1)))
        const sortMs = median(await inRounds(() => page.sort()))
        const deep = await deepRatio(service.client, batch)
        return {
          ours: {
            readyMs,
            frameMedianMs: median(frames),
            frameP99Ms: quantile(frames, 0.99),
            filterMs,
            sortMs,
            webviewMB: (await page.heapBytes()) / MB,
            serviceMB: memoryOf(service.pid, 'VmRSS') / MB,
          },
          peers: {},
          ratios: { deep },
          missing: [],
        }
      } finally {
        await page.close()
      }
    } finally {
      await service.close()
    }
  },
}

async function inRounds(round: () => Promise<number>): Promise<number[]> {
  const times: number[] = []
  for (let i = 0; i < ROUNDS; i++) times.push(await round())
  return times
}

function quantile(numbers: readonly number[], share: number): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}

/** All are cancelled but one, which fails. @returns the id of the batch */
async function fill({ api, client }: Awaited<ReturnType<typeof openService>>): Promise<string> {
  await client.service.pause({ paused: true })
  async function* specs() {
    for (let i = 0; i < JOBS; i++) {
      const name = `sub-${String(i).padStart(6, '0')}_T1w.nii.gz`
      yield { name, command: ['python3', 'segment.py', `/study/${name}`, '--threshold', '0.5'] }
    }
  }
  const batch = api.submitBatch(specs(), { name: 'cohort' })
  while (batch.jobs.length < JOBS) await pause(50)
  await Promise.all(batch.jobs.map(job => job.accepted))
  await batch.cancel()
  await client.service.pause({ paused: false })
  await api.submit({ command: ['sh', '-c', 'exit 3'], name: 'the one that fails' }).result
  return batch.id
}

async function openPage(client: ServiceClient, batch: string) {
  let target: ViewPage | undefined
  const receive = (messages: readonly ToJobsPage[]) => void target?.receive(messages).catch(() => undefined) // it is being closed
  const view = openJobsView(client, receive)
  const page = await ViewPage.open(size, undefined, (message, opened) => {
    target = opened // before it is open for us
    view.receive(message)
  })
  const { page: browserPage } = page
  const rowsInSight = () => browserPage.locator('.tree .row').first().waitFor({ timeout: LIMIT_MS })
  await rowsInSight()
  await browserPage.getByRole('treeitem', { name: 'cohort, batch' }).click()
  const saved = () => browserPage.evaluate(() => sessionStorage.getItem('state') ?? '')
  await until(async () => (await saved()).includes(batch), LIMIT_MS, 'the unfolded batch to be saved')
  const field = page.page.getByRole('combobox', { name: 'Find jobs', exact: true })

  return {
    /** From the start of the page's script, which asks for the API of VS Code, to its first rows. */
    async ready(): Promise<number> {
      await page.reload()
      await rowsInSight()
      return page.page.evaluate(() => (window as unknown as { firstRowsMs: number }).firstRowsMs)
    },
    /** What each frame of a scroll costs the main thread, from the scroll to what follows the painting. */
    scroll: () =>
      page.page.evaluate(
        async ([rows, step]) => {
          const tree = document.querySelector('.tree') as HTMLElement
          const costs: number[] = []
          const channel = new MessageChannel()
          for (let row = 0; row < (rows ?? 0); row += step ?? 1) {
            await new Promise<void>(done => {
              let begun = 0
              tree.addEventListener('scroll', () => (begun = performance.now()), { once: true, capture: true })
              channel.port1.onmessage = () => {
                costs.push(performance.now() - begun)
                done()
              }
              tree.scrollTop = row * 22
              requestAnimationFrame(() => requestAnimationFrame(() => undefined))
              requestAnimationFrame(() => channel.port2.postMessage(0))
            })
          }
          return costs.slice(1)
        },
        [SCROLLED_ROWS, ROWS_A_FRAME],
      ),
    /** From a typed text to what it finds. */
    async find(text: string, count: number): Promise<number> {
      await page.send({ type: 'find' })
      await field.waitFor()
      const begun = await page.page.evaluate(typed => {
        const input = document.querySelector('.find input') as HTMLInputElement
        input.value = typed
        input.dispatchEvent(new InputEvent('input', { bubbles: true }))
        return performance.now()
      }, text)
      const ended = await seen(page, `${count} of`)
      await field.fill('')
      await until(async () => (await page.lastQuery())?.find === undefined, LIMIT_MS, 'all jobs')
      await pause(500)
      return ended - begun
    },
    /** From the choice of an order to its rows. */
    async sort(): Promise<number> {
      const select = page.page.getByRole('combobox', { name: 'Sort jobs' })
      await page.send({ type: 'find' })
      await select.waitFor()
      const begun = await page.page.evaluate(() => {
        const orders = document.querySelector('.find select') as HTMLSelectElement
        orders.value = 'duration'
        orders.dispatchEvent(new Event('change', { bubbles: true }))
        return performance.now()
      })
      const ended = await seen(page, '100,001 of')
      await select.selectOption('newest')
      await until(async () => (await page.lastQuery())?.find === undefined, LIMIT_MS, 'all jobs')
      await pause(500)
      return ended - begun
    },
    async heapBytes(): Promise<number> {
      const session = await page.page.context().newCDPSession(page.page)
      await session.send('HeapProfiler.collectGarbage')
      return (await session.send('Runtime.getHeapUsage')).usedSize
    },
    close: () => page.close(),
  }
}

/** When the number of what was found was in sight, by the clock of the page. */
function seen(page: ViewPage, text: string): Promise<number> {
  return page.page.evaluate(
    wanted =>
      new Promise<number>(done => {
        const look = () => {
          if (document.querySelector('.find .found')?.textContent?.startsWith(wanted)) done(performance.now())
          else requestAnimationFrame(look)
        }
        look()
      }),
    text,
  )
}

/** The cost of rows at the end of the batch over those at its beginning. */
async function deepRatio({ service }: ServiceClient, batch: string): Promise<number> {
  const cost = async (from: number) => {
    const query: RowQuery = { from, count: 200, expanded: [batch] }
    const times: number[] = []
    for (let i = 0; i < QUERIES; i++)
      times.push(await time(() => service.watchRows({ id: 'deep', query: { ...query, from: from + i } })))
    return median(times)
  }
  await cost(0) // prepared once
  return (await cost(JOBS - 500)) / (await cost(1))
}
