// Small jobs for warm workers: through API, service, store and collected results, against pools of Python processes.
import { resolve } from 'node:path'
import type { JobSpec } from '../../src/api'
import { against, inTurns, openService, pythonPeers, type Scenario, time } from './harness'

const JOBS = 20_000
/** joblib sends numbers too slowly for all of them. */
const JOBLIB_JOBS = 2000
/** Enough that both workers have started and that nothing is compiled any more. */
const WARM_UP_JOBS = 5000
const WORKERS = 2
const ROUNDS = 5

const worker = resolve('test/bench/workers/increment.py')

const spec = (value: number): JobSpec<unknown> => ({
  command: ['python3', worker],
  protocol: 'lines',
  keepAlive: { max: WORKERS },
  stdin: { value },
})

export const warm: Scenario = {
  name: 'warm',
  title: `${JOBS} small jobs, ${WORKERS} warm Python workers, each job handed over by itself`,
  async run() {
    const { here, missing } = pythonPeers('warm_map.py', {
      processPoolExecutor: { module: 'concurrent.futures', args: ['processPoolExecutor', JOBS] },
      pool: { module: 'multiprocessing', args: ['pool', JOBS] },
      joblib: { module: 'joblib', args: ['joblib', JOBLIB_JOBS] },
    })
    const service = await openService({ concurrency: WORKERS })
    const run = async (jobs: number) => {
      const { results } = await service.api.submitBatch(Array.from({ length: jobs }, (_, i) => spec(i))).completed
      const wrong = results.findIndex((result, i) => result.state !== 'succeeded' || result.value !== i + 1)
      if (results.length !== jobs || wrong >= 0)
        throw new Error(`Of ${jobs} jobs ${results.length} ended, and one wrongly: ${JSON.stringify(results[wrong])}`)
    }
    try {
      await run(WARM_UP_JOBS)
      const { ours = 0, ...peers } = await inTurns(ROUNDS, {
        ours: async () => (await time(() => run(JOBS))) / JOBS,
        ...here,
      })
      return { ours: { msPerJob: ours }, ...against(ours, peers, 'msPerJob'), missing }
    } finally {
      await service.close()
    }
  },
}
