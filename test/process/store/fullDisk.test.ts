// A full disk: nothing is lost, run twice or started without being on disk; it is reported, and all goes on when
// there is room.
import { execFile } from 'node:child_process'
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Job } from '../../../src/api'
import { statePaths } from '../../../src/service/base/paths'
import { canUnshare, makeSmallDisk, noSmallDisk, type SmallDisk } from '../../support/smallDisk'
import { isAlive, makeTempState, type TempState } from '../../support/tempState'
import { until } from '../../support/until'
import { openWindow, type TestWindow } from '../../support/window'

const mayUnshare = noSmallDisk !== undefined && canUnshare()

it.runIf(mayUnshare)(
  'a full disk: all of this file, in a user namespace in which it may mount one',
  { timeout: 600_000 },
  async () => {
    const vitest = resolve('node_modules/vitest/vitest.mjs')
    const args = [process.execPath, vitest, 'run', '--project', 'process', import.meta.filename]
    await promisify(execFile)('unshare', ['-Urm', ...args])
  },
)

const title =
  noSmallDisk === undefined || mayUnshare ? 'a full disk' : `a full disk (skipped, not passed: ${noSmallDisk})`

describe.skipIf(noSmallDisk !== undefined)(title, () => {
  let disk: SmallDisk
  /** On another disk, which has room. */
  let other: TempState
  let window: TestWindow
  let pid: number

  beforeEach(async () => {
    disk = makeSmallDisk(12)
    other = makeTempState()
    window = openWindow(disk.folder, { cwd: tmpdir() })
    await window.configure({ concurrency: 2 })
    pid = (await window.client.service.status(null)).pid
  })

  afterEach(async () => {
    disk.free()
    window.client.dispose()
    process.kill(pid, 'SIGTERM')
    await until(() => !isAlive(pid), 30_000, 'the end of the service')
    disk.unmount()
    await other.remove()
  })

  const runs = () => join(other.folder, 'runs')
  const gate = () => join(other.folder, 'gate')
  /** Logs that it runs, waits for the gate, and logs its end: each line once for each run. */
  const command = (name: string) => [
    'sh',
    '-c',
    'echo "begin $0" >> "$1"; while [ ! -e "$2" ]; do sleep 0.05; done; echo "end $0" >> "$1"',
    name,
    runs(),
    gate(),
  ]
  const lines = () => (existsSync(runs()) ? readFileSync(runs(), 'utf8').trim().split('\n') : [])
  const submit = (count: number, prefix: string) =>
    Array.from({ length: count }, (_, i) => window.api.submit({ command: command(`${prefix}${i}`) }))
  const problem = () => window.client.summary?.storeProblem
  const fill = async () => {
    disk.fill()
    // whatever is written next, if nothing else is
    return until(
      async () => {
        await window.configure({ concurrency: 2, killGraceSeconds: 1 + (Date.now() % 1000) })
        return problem()
      },
      30_000,
      'the sentence on the full disk',
    )
  }

  it('while jobs are queued: it is reported, none starts that is not on disk, and each runs once when there is room', async () => {
    const jobs = submit(30, 'job')
    await Promise.all(jobs.map(job => job.accepted))
    await until(() => lines().length === 2, 30_000, 'two running jobs')
    const sentence = await fill()
    expect(sentence).toContain(disk.folder)
    expect(sentence).toMatch(/full/)
    appendFileSync(gate(), '')
    await until(() => lines().filter(line => line.startsWith('end')).length === 2, 30_000, 'the end of the first two')
    const ended = () => jobs.filter(job => job.info.state === 'succeeded').length
    await until(() => ended() === 2, 30_000, 'the results of those that ran: they are reported')
    // the others have their turn, and do not get it
    await until(() => jobs[2]?.info.state === 'queued', 30_000, 'a job that waits')
    expect(lines().filter(line => line.startsWith('begin'))).toHaveLength(2)
    expect((await window.api.list({ states: ['succeeded'] })).jobs).toHaveLength(2)

    disk.free()
    const results = await Promise.all(jobs.map(job => job.result))
    expect(results.map(result => result.state)).toEqual(jobs.map(() => 'succeeded'))
    const begun = lines().filter(line => line.startsWith('begin'))
    expect([...begun].sort()).toEqual(jobs.map((_, i) => `begin job${i}`).sort())
    await until(() => problem() === undefined, 30_000, 'the sentence to go')
    // what was not on disk is: the same as what was reported
    const { jobs: listed } = await window.api.list({ limit: 100 })
    expect(listed.map(job => [job.state, job.attempts])).toEqual(jobs.map(() => ['succeeded', 1]))
    await until(
      () => readFileSync(statePaths(disk.folder).log, 'utf8').includes('There is room again'),
      30_000,
      'the log',
    )
  })

  it('what is submitted then is refused with a sentence that names the folder, and does not run later', async () => {
    await fill()
    const refused = submit(3, 'refused')
    for (const { accepted } of refused) {
      await expect(accepted).rejects.toThrow(disk.folder)
    }
    const results = await Promise.all(refused.map(job => job.result))
    expect(results.map(result => result.state)).toEqual(['failed', 'failed', 'failed'])
    disk.free()
    appendFileSync(gate(), '')
    await until(() => problem() === undefined, 30_000, 'room')
    const later = submit(1, 'later')[0] as Job<unknown>
    expect((await later.result).state).toBe('succeeded')
    expect(lines()).toEqual(['begin later0', 'end later0'])
    expect((await window.api.list({ limit: 100 })).jobs.map(job => job.id)).toEqual([later.id])
    const counts = () => Object.entries(window.client.summary?.counts ?? {}).filter(([, count]) => count !== 0)
    await until(() => counts().join() === 'succeeded,1', 30_000, 'counts of one job alone')
  })

  it('reached in the middle of a list: what is not whole on disk is nowhere', async () => {
    await window.client.service.pause({ paused: true })
    const batch = window.api.openBatch({ name: 'large' })
    // more than the disk holds, in several lists
    const jobs = Array.from({ length: 3000 }, (_, i) =>
      batch.add({ command: ['true'], env: { FILLER: 'x'.repeat(6000) }, name: `large ${i}` }),
    )
    batch.close()
    const accepted = await Promise.allSettled(jobs.map(job => job.accepted))
    const isAccepted = accepted.map(({ status }) => status === 'fulfilled')
    expect(isAccepted).toContain(false)
    const known = await window.client.service.getBatch({ id: batch.id })
    expect(known?.total).toBe(isAccepted.filter(Boolean).length)
    await window.client.service.cancel({ filter: { all: true } }) // nothing of it runs
    disk.free()
  })

  it('a running job can be cancelled, and one that waits', async () => {
    const jobs = submit(4, 'cancelled')
    await until(() => lines().length === 2, 30_000, 'two running jobs')
    await Promise.all(jobs.map(job => job.accepted))
    await fill()
    await Promise.all(jobs.map(job => job.cancel()))
    const results = await Promise.all(jobs.map(job => job.result))
    expect(results.map(result => result.state)).toEqual(jobs.map(() => 'cancelled'))
    disk.free()
    await until(() => problem() === undefined, 30_000, 'room')
    const { jobs: listed } = await window.api.list({ limit: 100 })
    expect(listed.map(job => job.state)).toEqual(jobs.map(() => 'cancelled'))
    expect(lines().filter(line => line.startsWith('begin'))).toHaveLength(2)
  })

  it('an input that does not fit fails its job with a sentence, and the room that it took is free again', async () => {
    const result = await window.api.submit({ command: ['wc', '-c'], stdin: 'x'.repeat(20_000_000) }).result
    expect(result).toMatchObject({ state: 'failed', error: { kind: 'prepareInput' } })
    const fits = await window.api.submit({ command: ['wc', '-c'], stdin: 'x'.repeat(4_000_000), stdout: 'text' }).result
    expect(fits).toMatchObject({ state: 'succeeded', value: '4000000\n' })
  })

  it('warm workers get nothing that is not on disk, and go on', async () => {
    const script = join(other.folder, 'worker.py')
    writeFileSync(
      script,
      `import json, os, sys, time
print('{"hello": 1}', flush=True)
for line in sys.stdin:
    request = json.loads(line)
    with open(${JSON.stringify(runs())}, 'a') as f: f.write(f"begin {request['value']}\\n")
    while not os.path.exists(${JSON.stringify(gate())}): time.sleep(0.05)
    print(json.dumps({'id': request['id'], 'value': request['value']}), flush=True)
`,
    )
    const jobs = Array.from({ length: 20 }, (_, i) =>
      window.api.submit({ command: ['python3', script], protocol: 'lines', keepAlive: {}, stdin: { value: i } }),
    )
    await Promise.all(jobs.map(job => job.accepted))
    await until(() => lines().length >= 1, 30_000, 'a job at a worker')
    await fill()
    appendFileSync(gate(), '')
    await until(() => jobs.some(job => job.info.state === 'succeeded'), 30_000, 'the first result')
    disk.free()
    const results = await Promise.all(jobs.map(job => job.result))
    expect(results.map(result => (result.state === 'succeeded' ? result.value : result.error))).toEqual(
      jobs.map((_, i) => i),
    )
    expect([...lines()].sort()).toEqual(jobs.map((_, i) => `begin ${i}`).sort())
  })
})
