// `npm run demo`: both demonstrations through a real job service of their own, without VS Code, with a progress line on
// a terminal; with `--json` the last line is the report. `--queue NAME` runs them on a queue of the user's settings, or of those in
// `--settings FILE`.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { runDemo } from '../../src/client/api/demo'
import { PublicApi } from '../../src/client/api/publicApi'
import { ServiceClient } from '../../src/client/connection/serviceClient'
import { queueNames } from '../../src/core/jobs/queueConfig'
import { queuesOf } from './settings'

const root = process.cwd()
const { values: options } = parseArgs({
  options: { json: { type: 'boolean' }, queue: { type: 'string' }, settings: { type: 'string' } },
})
const { queue } = options
const queues = queue === undefined ? {} : queuesOf(options.settings)
if (queue !== undefined && !queueNames(queues).includes(queue)) {
  console.error(`The settings name no queue "${queue}"; there is ${queueNames(queues).join(', ')}.`)
  process.exit(1)
}
const scripts = resolve(root, 'examples')
const stateFolder = mkdtempSync(join(tmpdir(), 'headless-jobs-demo-'))
process.env.HEADLESS_JOBS_IDLE_SECONDS = '1'

const log = (message: string) => console.error(message)
const client = new ServiceClient({
  stateFolder,
  bundle: resolve(root, 'dist/service.cjs'),
  workspace: root,
  window: 'npm run demo',
  log: () => undefined,
})
client.setEnvironment(process.env as Record<string, string>, [])
const api = new PublicApi(client, {
  defaultCwd: () => root,
  isTrusted: () => true,
  queues: () => queueNames(queues),
  log,
}).exports.getApi(1, {
  extensionId: 'headless-jobs.demo',
})

const live = process.stdout.isTTY
try {
  await client.service.configure({ source: 'npm run demo', settings: { queues } })
  const report = await runDemo(api, {
    scripts,
    ...(queue !== undefined && { queue }),
    python: process.platform === 'win32' ? 'python' : 'python3',
    onProgress: (done, total, result, problem) => {
      if (live) {
        const bar = '█'.repeat(Math.round((30 * done) / total)).padEnd(30, '░')
        process.stdout.write(`\r${bar} ${done}/${total}  ${result.name}`.padEnd(70))
      }
      if (problem) log(`\n${result.name}: ${problem}\n${result.stderr}`)
    },
  })
  const cores = client.summary?.queues?.find(({ name }) => name === queue)?.slots ?? client.summary?.concurrency ?? 0
  if (live) process.stdout.write('\n')
  console.log(
    `${report.succeeded} of ${report.jobs} jobs succeeded in ${report.seconds.toFixed(1)} s; ` +
      `${report.callbacks} results came back in callbacks, at most ${report.maxRunning} jobs ran at once on ${cores} cores.`,
  )
  if (options.json) {
    const { seconds, ...counts } = report
    console.log(JSON.stringify({ ...counts, cores, seconds }))
  }
  process.exitCode = report.succeeded === report.jobs ? 0 : 1
} finally {
  const pid = (await client.service.status(null)).pid
  client.dispose()
  await gone(pid)
  rmSync(stateFolder, { recursive: true, force: true })
}

/** Resolves when our job service has ended, as it does by itself a second after we have left; at most 10 s. */
async function gone(pid: number): Promise<void> {
  for (let i = 0; i < 100; i++) {
    try {
      process.kill(pid, 0)
    } catch {
      return
    }
    await new Promise(done => setTimeout(done, 100))
  }
}
