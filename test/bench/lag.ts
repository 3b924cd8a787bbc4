// How long a window with a large heap is held while it submits a hundred thousand jobs.
import { join } from 'node:path'
import { inTurns, runPeer, type Scenario } from './harness'

const ROUNDS = 3

export const lag: Scenario = {
  name: 'lag',
  title: 'longest event-loop delay of a client with 1 GB of heap: 100,000 submits, 1,000 runs',
  async run() {
    const client = join(import.meta.dirname, 'lagClient.mjs')
    const measure = (who: string) => async () =>
      Number(await runPeer(process.execPath, ['--max-old-space-size=4096', client, who]))
    const contestants = { ours: measure('ours'), array: measure('array'), node: measure('node') }
    const { ours = 0, array = 0, node = 0 } = await inTurns(ROUNDS, contestants)
    return {
      ours: { maxMs: ours, arrayMaxMs: array },
      peers: { node: { maxMs: node } },
      ratios: { node: ours / node },
      missing: [],
    }
  },
}
