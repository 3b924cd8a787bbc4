// What it costs that jobs are on disk: the work of `spawn`, with the same service whose store is in memory.
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { build, type Plugin } from 'esbuild'
import { against, inTurns, openService, type Scenario, time } from './harness'

const JOBS = 2000
const ROUNDS = 5
const IN_MEMORY = 'dist/service-in-memory.cjs' // beside the real one, whose package says the version

/** The service opens its store in one place. */
const inMemory: Plugin = {
  name: 'in-memory',
  setup({ onLoad }) {
    onLoad({ filter: /service[\\/]store[\\/]storeFile\.ts$/ }, ({ path }) => {
      const source = readFileSync(path, 'utf8')
      const opened = source.replace('new DatabaseSync(file)', "(writeFileSync(file, ''), new DatabaseSync(':memory:'))")
      if (opened === source) throw new Error('The store is opened in another way now; change the benchmark.')
      return { contents: opened, loader: 'ts' }
    })
  },
}

export const durability: Scenario = {
  name: 'durability',
  title: `${JOBS} one-shot jobs, against the same with a store in memory`,
  async run() {
    await build({
      ...{ entryPoints: ['src/service/main.ts'], outfile: IN_MEMORY, plugins: [inMemory] },
      ...{ bundle: true, minify: true, platform: 'node', format: 'cjs', target: 'node22', logLevel: 'warning' },
    })
    const onDisk = await openService()
    const memory = await openService({}, { bundle: resolve(IN_MEMORY) })
    const work = (service: typeof onDisk) => async () => {
      const specs = Array.from({ length: JOBS }, () => ({ command: ['cat'], stdin: 'hello world' }))
      const ms = await time(async () => {
        const { counts } = await service.api.submitBatch(specs).completed
        if (counts.succeeded !== JOBS) throw new Error(`Only ${counts.succeeded} jobs succeeded.`)
      })
      return ms / JOBS
    }
    try {
      const { ours = 0, ...peers } = await inTurns(ROUNDS, { ours: work(onDisk), memoryStore: work(memory) })
      return { ours: { msPerJob: ours }, ...against(ours, peers, 'msPerJob'), missing: [] }
    } finally {
      await onDisk.close()
      await memory.close()
    }
  },
}
