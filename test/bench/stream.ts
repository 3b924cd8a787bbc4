// What a view costs and shows while warm jobs finish one after the other: the window as a process of its own, the page in a real
// browser.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { ViewPage } from '../support/viewPage'
import type { Scenario } from './harness'
import type { FromWindow, StreamFigures, ToWindow } from './streamWindow'

const WARM_UP_SECONDS = 3
const SECONDS = 15
const HIDDEN_SECONDS = 3
const size = { width: 400, height: 800 }

export const stream: Scenario = {
  name: 'stream',
  title: `a view while 200 warm jobs a second finish: messages to it, the window's event loop, how old its rows are`,
  async run() {
    const window = fork(join(import.meta.dirname, 'streamWindow.mjs'))
    try {
      await received(window, 'opened')
      const page = await openPage(window)
      try {
        await run(window, WARM_UP_SECONDS)
        await observe(page)
        const shown = await run(window, SECONDS)
        const staleMs = stalest(shown.jobs, await observed(page))
        send(window, { type: 'show', isVisible: false })
        const hidden = await run(window, HIDDEN_SECONDS)
        return {
          ours: {
            jobsPerSecond: shown.jobs.length / shown.seconds,
            messagesPerSecond: shown.posted / shown.seconds,
            maxMs: shown.maxMs,
            staleMs,
            hiddenMessages: hidden.posted,
          },
          peers: {},
          ratios: {},
          missing: [],
        }
      } finally {
        await page.close()
      }
    } finally {
      if (window.connected) send(window, { type: 'close' })
      if (window.exitCode === null) await once(window, 'exit')
    }
  },
}

function send(window: ChildProcess, message: ToWindow): void {
  window.send(message)
}

function received<T extends FromWindow['type']>(window: ChildProcess, type: T) {
  return new Promise<Extract<FromWindow, { type: T }>>((done, fail) => {
    const onExit = () => fail(new Error('The window has ended.'))
    const onMessage = (message: FromWindow) => {
      if (message.type !== type) return
      window.off('message', onMessage).off('exit', onExit)
      done(message as Extract<FromWindow, { type: T }>)
    }
    window.on('message', onMessage).on('exit', onExit)
  })
}

async function run(window: ChildProcess, seconds: number): Promise<StreamFigures> {
  send(window, { type: 'run', seconds })
  return (await received(window, 'ran')).figures
}

async function openPage(window: ChildProcess): Promise<ViewPage> {
  let page: ViewPage | undefined
  window.on('message', (message: FromWindow) => {
    if (message.type === 'posted') void page?.receive(message.messages).catch(() => undefined) // it is being closed
  })
  return ViewPage.open(size, undefined, (message, opened) => {
    page = opened // before it is open for us
    send(window, { type: 'page', message })
  })
}

/** Of each frame of the browser. */
interface Observed {
  /** When each job was last seen not to have ended. */
  unfinished: Record<string, number>
  /** When each job was last seen to be the newest. */
  newest: Record<string, number>
}

function observe(view: ViewPage): Promise<void> {
  return view.page.evaluate(() => {
    const seen: Observed = { unfinished: {}, newest: {} }
    const host = window as unknown as { observed: Observed }
    host.observed = seen
    const look = () => {
      const now = Date.now()
      const rows = [...document.querySelectorAll<HTMLElement>('.tree .row')]
      for (const [i, { dataset }] of rows.entries()) {
        const id = dataset.key?.replace('job:', '') ?? ''
        if (i === 0) seen.newest[id] = now
        if (dataset.state === 'queued' || dataset.state === 'running') seen.unfinished[id] = now
      }
      if (host.observed === seen) requestAnimationFrame(look)
    }
    look()
  })
}

function observed(view: ViewPage): Promise<Observed> {
  return view.page.evaluate(() => {
    const host = window as unknown as { observed: Observed | undefined }
    const { observed } = host
    host.observed = undefined
    return observed ?? { unfinished: {}, newest: {} }
  })
}

/** For how long a job that had ended was shown as one that had not, or one as the newest when there was a newer one. */
function stalest(jobs: StreamFigures['jobs'], { unfinished, newest }: Observed): number {
  const ages = jobs.flatMap(({ id, endedAt }, i) => {
    const next = jobs[i + 1]
    return [(unfinished[id] ?? 0) - endedAt, next ? (newest[id] ?? 0) - next.acceptedAt : 0]
  })
  return Math.max(...ages)
}
