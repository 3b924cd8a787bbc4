// Requests to a worker that is kept for them, the next when the answer is there, against what Python has for that.
import { resolve } from 'node:path'
import { against, inTurns, openService, pythonPeers, type Scenario } from './harness'

const REQUESTS = 2000
/** One of Dask takes milliseconds. */
const DASK_REQUESTS = 100
const WARM_UP_REQUESTS = 200
const ROUNDS = 5

export const request: Scenario = {
  name: 'request',
  title: `${REQUESTS} requests to a warm Python worker, one after the other`,
  async run() {
    const { here, missing } = pythonPeers('request_loop.py', {
      pool: { module: 'multiprocessing', args: ['pool', REQUESTS] },
      zmq: { module: 'zmq', args: ['zmq', REQUESTS] },
      dask: { module: 'distributed', args: ['dask', DASK_REQUESTS] },
    })
    const service = await openService()
    try {
      const worker = service.api.startWorker({ command: ['python3', resolve('test/bench/workers/increment.py')] })
      await worker.ready
      const ask = async (count: number) => {
        const times: number[] = []
        for (let i = 0; i < count; i++) {
          const begin = performance.now()
          const answer = await worker.request(i)
          times.push(performance.now() - begin)
          if (answer !== i + 1) throw new Error(`${i} + 1 is not ${JSON.stringify(answer)}.`)
        }
        return times
      }
      await ask(WARM_UP_REQUESTS)
      const all: number[] = []
      const { ours = 0, ...peers } = await inTurns(ROUNDS, {
        ours: async () => {
          const times = await ask(REQUESTS)
          all.push(...times)
          return times.reduce((sum, ms) => sum + ms) / REQUESTS
        },
        ...here,
      })
      const p99Ms = all.sort((a, b) => a - b)[Math.floor(all.length * 0.99)] as number
      return { ours: { msPerRequest: ours, p99Ms }, ...against(ours, peers, 'msPerRequest'), missing }
    } finally {
      await service.close()
    }
  },
}
