// Results that have waited for a named handler, and the handler comes.
import { resolve } from 'node:path'
import { memoryOf, openService, type Scenario } from './harness'

const RESULTS = 10_000
const OWNER = 'bench.client'
const ID = `${OWNER}/take`

export const delivery: Scenario = {
  name: 'delivery',
  title: `${RESULTS} results that wait for a handler, from its coming until all are acknowledged`,
  async run() {
    const { api, client, close, pid } = await openService({ concurrency: 2 })
    try {
      const command = ['python3', resolve('test/bench/workers/increment.py')]
      const specs = Array.from({ length: RESULTS }, (_, i) => ({
        command,
        protocol: 'lines' as const,
        keepAlive: true,
        stdin: { value: i },
        resultHandler: { id: ID, context: i },
      }))
      await api.submitBatch<unknown>(specs, { collect: false }).completed
      const before = memoryOf(pid, 'VmRSS')
      const begin = performance.now()
      const all = Promise.withResolvers<void>()
      let taken = 0
      api.registerResultHandler(ID, (result, context) => {
        if (result.state !== 'succeeded' || result.value !== Number(context) + 1) all.reject(new Error(`${context}`))
        if (++taken === RESULTS) all.resolve()
      })
      await all.promise
      await client.service.delivered({ answers: [] }) // answered when all is on disk
      const usPerResult = ((performance.now() - begin) * 1000) / RESULTS
      const memoryRatio = memoryOf(pid, 'VmRSS') / before
      return { ours: { usPerResult, memoryRatio }, peers: {}, ratios: {}, missing: [] }
    } finally {
      await close()
    }
  },
}
