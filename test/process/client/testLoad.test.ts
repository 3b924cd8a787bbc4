// The load of `npm test -- --load`: it keeps cores busy, and never outlives whoever has started it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { expect, it } from 'vitest'
import { until } from '../../support/until'
import { untilGone } from '../../support/workers'

const load = pathToFileURL('scripts/lib/load.mjs').href

/** A process that has started a load of two, and the pids of that. */
async function startLoad(then: string) {
  const code = `
    import { keepCoresBusy } from '${load}'
    const end = keepCoresBusy(2)
    console.log(process.pid)
    ${then}`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['pipe', 'pipe', 'inherit'] })
  const file = `/proc/${child.pid}/task/${child.pid}/children`
  const pids = await until(
    () => {
      const found = readFileSync(file, 'utf8').trim().split(' ').map(Number)
      return found.length === 2 && found
    },
    20_000,
    'the processes of the load',
  )
  return { child, pids }
}

const cpuTicks = (pid: number) => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[11])
}

it.runIf(process.platform === 'linux')('the load works all the time, and ends on request', async () => {
  const { child, pids } = await startLoad("process.stdin.once('data', async () => { await end(); process.exit() })")
  await until(() => pids.every(pid => cpuTicks(pid) > 20), 30_000, 'work on every core')
  child.stdin.write('end')
  const [code] = await once(child, 'exit')
  expect(code).toBe(0)
  await untilGone(...pids)
})

it.runIf(process.platform === 'linux')(
  'the load ends with whoever has started it, also when that is killed',
  async () => {
    const { child, pids } = await startLoad('setInterval(() => undefined, 1000)')
    await until(() => pids.every(pid => cpuTicks(pid) > 20), 30_000, 'work on every core')
    child.kill('SIGKILL')
    await untilGone(...pids)
  },
)
