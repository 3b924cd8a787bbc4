// A full disk on the other side, or here: what does not fit fails with a sentence, what is left is removed, and all others go on.
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { JobSpec } from '../../../src/api'
import { makeSmallDisk, noSmallDisk, type SmallDisk } from '../../support/smallDisk'
import type { TempState } from '../../support/tempState'
import { stateForEach } from '../../support/testService'
import { until } from '../../support/until'
import { queueOf, type TestWindow, type WindowOptions } from '../../support/window'

const LIMIT_MS = 10_000
const MEGABYTE = 1024 * 1024
const node = process.execPath

let state: TempState
let open: (options?: WindowOptions) => TestWindow
stateForEach(given => ({ state, open } = given))

const title =
  noSmallDisk === undefined ? 'a small disk there' : `a small disk there (skipped, not passed: ${noSmallDisk})`
describe.skipIf(noSmallDisk !== undefined).each([0, 60])(`${title}, with keepSeconds %s`, keepSeconds => {
  let disk: SmallDisk
  let window: TestWindow
  beforeEach(async () => {
    disk = makeSmallDisk(8)
    mkdirSync(join(state.folder, 'ws'))
    const launch = ['env', `TMPDIR=${disk.folder}`]
    const q = { kind: 'command', launch, node, slots: 2, files: 'copy', keepSeconds } as const
    window = open({ queues: { q }, cwd: join(state.folder, 'ws') })
    await window.configure({})
  })
  afterEach(async () => {
    await window.configure({ queues: {} })
    await until(() => readdirSync(disk.folder).length === 0, LIMIT_MS, 'an empty disk')
    disk.unmount()
  })
  const file = (name: string) => join(state.folder, 'ws', name)
  const run = (spec: JobSpec<unknown>) => window.api.submit({ queue: 'q', cwd: file('.'), ...spec } as JobSpec<string>)
  const works = async () =>
    expect(await run({ command: ['cat'], stdin: 'x', stdout: 'text' }).result).toMatchObject({ value: 'x' })

  // one that does not outlive its connection writes nothing before its jobs do
  it.runIf(keepSeconds > 0)(
    'that is full from the beginning is said, and its jobs wait until there is room',
    async () => {
      disk.fill()
      const job = run({ command: ['cat'], stdin: 'x', stdout: 'text' })
      const problem = () => queueOf(window, 'q')?.problem
      expect(await until(problem, LIMIT_MS, 'a problem')).toMatch(/no space left|the disk is full/i)
      expect(await window.api.submit({ command: ['true'] }).result).toMatchObject({ state: 'succeeded' })
      disk.free()
      await window.client.service.connectQueue({ queue: 'q' })
      expect(await job.result).toMatchObject({ state: 'succeeded', value: 'x' })
    },
  )

  it('fails the job whose output does not fit, and no other', async () => {
    const long = run({ command: ['sh', '-c', 'while ! test -e go; do sleep 0.05; done; echo done'], stdout: 'text' })
    const result = await run({ command: ['head', '-c', String(20 * MEGABYTE), '/dev/zero'] }).result
    expect(result).toMatchObject({
      state: 'failed',
      error: { message: expect.stringMatching(/no space left|the disk is full/i) },
    })
    await works()
    expect(long.info.state).not.toBe('failed')
    await long.cancel()
  })

  it('fails the job whose input does not fit, before it starts', async () => {
    writeFileSync(file('large'), Buffer.alloc(20 * MEGABYTE))
    const result = await run({ command: ['wc', '-c'], stdin: { file: 'large' } }).result
    expect(result).toMatchObject({
      state: 'failed',
      error: { message: expect.stringMatching(/no space left|the disk is full/i) },
    })
    expect(result.startedAt).toBeUndefined()
    await works()
  })

  it('fails the job of whose last piece of input a part fits', async () => {
    await works()
    writeFileSync(file('input'), Buffer.alloc(200_000))
    disk.fill(100_000)
    const result = await run({ command: ['wc', '-c'], stdin: { file: 'input' } }).result
    disk.free()
    expect(result).toMatchObject({
      state: 'failed',
      error: { message: expect.stringMatching(/no space left|the disk is full/i) },
    })
    expect(result.startedAt).toBeUndefined()
    await works()
  })

  it('leaves the file that was to be replaced as it was', async () => {
    writeFileSync(file('out'), 'old')
    const result = await run({ command: ['head', '-c', String(20 * MEGABYTE), '/dev/zero'], stdout: { file: 'out' } })
      .result
    expect(result).toMatchObject({
      state: 'failed',
      error: { message: expect.stringMatching(/no space left|the disk is full/i) },
    })
    expect(readFileSync(file('out'), 'utf8')).toBe('old')
    expect(readdirSync(file('.'))).toEqual(['out'])
    await works()
    expect(existsSync(file('out'))).toBe(true)
  })
})

const here = noSmallDisk === undefined ? 'a small disk here' : `a small disk here (skipped, not passed: ${noSmallDisk})`
describe.skipIf(noSmallDisk !== undefined)(here, () => {
  let disk: SmallDisk
  beforeEach(() => {
    disk = makeSmallDisk(8)
  })
  afterEach(() => disk.unmount())

  it.each<[string, Pick<JobSpec, 'stdout' | 'outputs'>, string]>([
    ['stdout', { stdout: { file: 'out' } }, 'head -c 200000 /dev/zero'],
    ['outputs', { outputs: ['out'] }, 'head -c 200000 /dev/zero > out'],
  ])('fails the job of whose last piece of %s a part fits', async (_, spec, script) => {
    const q = { kind: 'command', launch: ['env'], node, files: 'copy' } as const
    const window = open({ queues: { q }, cwd: disk.folder })
    await window.configure({})
    disk.fill(100_000)
    const job = window.api.submit({ command: ['sh', '-c', script], queue: 'q', cwd: disk.folder, ...spec })
    expect(await job.result).toMatchObject({
      state: 'failed',
      error: { message: expect.stringMatching(/no space left|the disk is full/i) },
    })
    disk.free()
    expect(readdirSync(disk.folder)).toEqual([])
  })

  it.each<[string, Pick<JobSpec, 'stdout' | 'outputs'>, string, string]>([
    ['stdout', { stdout: { file: 'out' } }, 'head -c 200000 /dev/zero', ''],
    ['an output', { outputs: ['out'] }, 'head -c 200000 /dev/zero > out', '/out'],
  ])('has %s that could not be brought stay there, and says where', async (_, spec, script, name) => {
    const q = { kind: 'command', launch: ['env'], node, files: 'copy' } as const
    const window = open({ queues: { q }, cwd: disk.folder })
    await window.configure({})
    disk.fill(100_000)
    const job = window.api.submit({ command: ['sh', '-c', script], queue: 'q', cwd: disk.folder, ...spec })
    const result = await job.result
    expect(await window.api.submit({ command: ['true'], queue: 'q' }).result).toMatchObject({ state: 'succeeded' })
    const said = result.state === 'failed' ? result.error?.message : ''
    const [, path] = / (?:It is|They are) in [^:]+:(.+)\.$/.exec(said ?? '') ?? []
    expect(path, said).toBeDefined()
    expect(statSync(`${path}${name}`).size).toBe(200_000)
  })
})
