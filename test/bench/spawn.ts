// One-shot jobs: through API, service, store and callback, against the bare minimum and others.
import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { inTurns, isThere, openService, runPeer, type Scenario, time } from './harness'

const JOBS = 2000
const AT_ONCE = 2
const ROUNDS = 3

export const spawn: Scenario = {
  name: 'spawn',
  title: `${JOBS} one-shot jobs, 11 bytes in and out, ${AT_ONCE} at a time`,
  async run() {
    const service = await openService()
    const missing: string[] = []
    const peers: Record<string, () => Promise<number>> = {
      node: async () =>
        Number(await runPeer(process.execPath, [resolve('test/bench/peers/spawnLoop.mjs'), `${JOBS}`, `${AT_ONCE}`])),
    }
    const loop =
      (program: string, ...args: string[]) =>
      async () =>
        (await time(() => runPeer(program, args))) / JOBS
    if (isThere('xargs')) peers.xargs = loop('sh', '-c', `seq ${JOBS} | xargs -P${AT_ONCE} -n1 true`)
    else missing.push('xargs')
    const hasParallel = spawnSync('parallel', ['--version'], { encoding: 'utf8' }).stdout?.startsWith('GNU parallel')
    if (hasParallel)
      peers.parallel = loop(
        'sh',
        '-c',
        `yes 1234567890 | head -n ${JOBS} | parallel --will-cite -j${AT_ONCE} --pipe -N1 cat`,
      )
    else missing.push('parallel')
    if (isThere('python3')) {
      const script = resolve('test/bench/peers/subprocess_loop.py')
      peers.subprocess = async () => Number(await runPeer('python3', [script, `${JOBS}`, `${AT_ONCE}`]))
    } else missing.push('subprocess')
    missing.push('qprocess', 'pueue', 'hyperqueue')

    let callbacks = 0
    const ours = async () => {
      callbacks = 0
      const ms = await time(async () => {
        const specs = Array.from({ length: JOBS }, () => ({ command: ['cat'], stdin: 'hello world' }))
        const { counts } = await service.api.submitBatch(specs, { onResult: () => void callbacks++ }).completed
        if (counts.succeeded !== JOBS || callbacks !== JOBS) throw new Error(`Only ${counts.succeeded} jobs succeeded.`)
      })
      return ms / JOBS
    }
    try {
      const { ours: msPerJob, ...others } = await inTurns(ROUNDS, { ours, ...peers })
      return {
        ours: { msPerJob: msPerJob as number },
        peers: Object.fromEntries(Object.entries(others).map(([name, ms]) => [name, { msPerJob: ms }])),
        ratios: Object.fromEntries(Object.entries(others).map(([name, ms]) => [name, (msPerJob as number) / ms])),
        missing,
      }
    } finally {
      await service.close()
    }
  },
}
