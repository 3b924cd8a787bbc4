// How soon a service is there for windows when its store is large.
import type { ServiceClient } from '../../src/client/connection/serviceClient'
import { pause } from '../../src/core/base/pause'
import { median, openClient, openService, type Scenario, time } from './harness'

const JOBS = 100_000
const ROUNDS = 5

export const recovery: Scenario = {
  name: 'recovery',
  title: `the start of a service that died with ${JOBS} jobs in its store, until the first event`,
  async run() {
    const { api, client, close, folder } = await openService()
    try {
      await client.service.pause({ paused: true })
      async function* specs() {
        for (let i = 0; i < JOBS; i++) yield { command: ['true'] }
      }
      const batch = api.submitBatch(specs())
      while (batch.jobs.length < JOBS) await pause(50)
      await Promise.all(batch.jobs.map(job => job.accepted))
      let { pid } = await client.service.status(null)
      client.dispose()
      const times: number[] = []
      for (let round = 0; round < ROUNDS; round++) {
        process.kill(pid, 'SIGKILL')
        const window = openClient(folder)
        times.push(await time(() => firstEvent(window)))
        pid = (await window.service.status(null)).pid
        window.dispose()
      }
      return { ours: { firstEventMs: median(times) }, peers: {}, ratios: {}, missing: [] }
    } finally {
      await close()
    }
  },
}

/** From when the window has the service started. */
async function firstEvent(window: ServiceClient): Promise<void> {
  const event = new Promise<unknown>(resolve => window.onDidChangeSummary(resolve))
  await window.connect({ start: true })
  await event
}
