// A window with a view, which `stream.ts` starts and stands in for the page of: submits warm jobs at a steady pace, and reports
// how long its event loop was held and when each job was there and had ended.

import { resolve } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { pause } from '../../src/core/base/pause'
import type { PageReady } from '../../src/core/pages/anyPage'
import type { FromJobsPage, ToJobsPage } from '../../src/core/pages/jobsPage'
import { openJobsView } from '../support/jobsView'
import { openService } from './harness'

/** 200 jobs a second. */
const AT_ONCE = 10
const PAUSE_MS = 50

export type ToWindow =
  | { type: 'page'; message: PageReady | FromJobsPage }
  | { type: 'show'; isVisible: boolean }
  | { type: 'run'; seconds: number }
  | { type: 'close' }

export type FromWindow =
  | { type: 'opened' }
  | { type: 'posted'; messages: readonly ToJobsPage[] }
  | { type: 'ran'; figures: StreamFigures }

export interface StreamFigures {
  seconds: number
  /** Times that the page was sent something. */
  posted: number
  /** The longest delay of the event loop. */
  maxMs: number
  /** In the order of submission, milliseconds since the epoch. */
  jobs: readonly { id: string; acceptedAt: number; endedAt: number }[]
}

const send = (message: FromWindow) => process.send?.(message)
const service = await openService({ concurrency: 2 })
const worker = resolve('test/bench/workers/increment.py')
const delay = monitorEventLoopDelay({ resolution: 1 })
let posted = 0
const view = openJobsView(service.client, messages => {
  posted++
  send({ type: 'posted', messages })
})

async function submit(value: number): Promise<StreamFigures['jobs'][number]> {
  const job = service.api.submit<unknown>({
    name: `job ${value}`,
    command: ['python3', worker],
    protocol: 'lines',
    keepAlive: { max: 2 },
    stdin: { value },
  })
  await job.accepted
  const acceptedAt = Date.now()
  const result = await job.result
  if (result.state !== 'succeeded') throw new Error(`Job ${value} has ended as ${result.state}.`)
  return { id: job.id, acceptedAt, endedAt: result.endedAt }
}

async function run(seconds: number): Promise<StreamFigures> {
  const before = posted
  const jobs: Promise<StreamFigures['jobs'][number]>[] = []
  const begin = performance.now()
  delay.enable()
  await pause(PAUSE_MS)
  delay.reset()
  while (performance.now() - begin < seconds * 1000) {
    while (jobs.length < ((performance.now() - begin) / PAUSE_MS) * AT_ONCE) jobs.push(submit(jobs.length))
    await pause(PAUSE_MS)
  }
  const ended = await Promise.all(jobs)
  delay.disable()
  const took = (performance.now() - begin) / 1000
  return { seconds: took, posted: posted - before, maxMs: delay.max / 1e6, jobs: ended }
}

process.on('message', async (message: ToWindow) => {
  if (message.type === 'page') view.receive(message.message)
  else if (message.type === 'show') view.show(message.isVisible)
  else if (message.type === 'run') send({ type: 'ran', figures: await run(message.seconds) })
  else {
    view.dispose()
    await service.close()
    process.disconnect()
  }
})
send({ type: 'opened' })
