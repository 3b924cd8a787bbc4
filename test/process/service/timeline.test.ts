// What a timeline is sent: first all bars in parts, then what has changed; and how busy the machine was.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { uuidv7 } from '../../../src/core/base/uuid'
import { jobStates } from '../../../src/core/jobs/job'
import { NEVER, type TimelinePart } from '../../../src/core/timeline/bars'
import { KnownBars } from '../../../src/core/timeline/knownBars'
import { fillStore } from '../../support/fillStore'
import type { TempState } from '../../support/tempState'
import { stateForEach } from '../../support/testService'
import { until } from '../../support/until'
import type { TestWindow, WindowOptions } from '../../support/window'

const LIMIT_MS = 60_000

let state: TempState
let open: (options?: WindowOptions) => TestWindow
stateForEach(given => ({ state, open } = given))

const sh = (name: string, script: string, more = {}) => ({ name, command: ['sh', '-c', script], ...more })

/** A timeline that asks until it has all. */
class Timeline {
  readonly bars = new KnownBars()
  readonly parts: TimelinePart[] = []
  readonly #window: TestWindow
  readonly #query: { view: string; batchId?: string }

  constructor(window: TestWindow, query: { view: string; batchId?: string } = { view: 'one' }) {
    this.#window = window
    this.#query = query
  }

  async read(): Promise<this> {
    for (let isMore = true; isMore; ) {
      const part = await this.#window.client.service.timeline(this.#query)
      this.parts.push(part)
      this.bars.apply(part)
      isMore = part.more === true
    }
    return this
  }

  /** State, and whether it has started and ended, in the order of submission. */
  get shown(): string[] {
    const { seq, retry, state: states, started, ended } = this.bars.arrays
    const order = Array.from({ length: this.bars.count }, (_, i) => i)
    order.sort((a, b) => (seq[a] as number) - (seq[b] as number) || (retry[a] as number) - (retry[b] as number))
    const times = (i: number) => `${started[i] === NEVER ? '' : ' started'}${ended[i] === NEVER ? '' : ' ended'}`
    return order.map(i => `${jobStates[states[i] as number]}${retry[i] ? ` retry ${retry[i]}` : ''}${times(i)}`)
  }
}

test('all bars come first, then those that have changed, and what was cleared goes', async () => {
  const window = open()
  const go = join(state.folder, 'go')
  const [ok, failed] = [window.api.submit(sh('ok', 'true')), window.api.submit(sh('bad', 'exit 3'))]
  await Promise.all([ok.result, failed.result])
  const waits = window.api.submit(sh('waits', `until test -e ${go}; do sleep 0.05; done`))
  await until(() => waits.info.state === 'running', LIMIT_MS, 'the job that waits')
  const timeline = await new Timeline(window).read()
  expect(timeline.parts[0]?.anew).toBe(true)
  expect(timeline.shown).toEqual(['succeeded started ended', 'failed started ended', 'running started'])

  writeFileSync(go, '')
  await waits.result
  const before = timeline.parts.length
  await timeline.read()
  expect(timeline.shown).toEqual(['succeeded started ended', 'failed started ended', 'succeeded started ended'])
  expect(timeline.parts.slice(before).some(part => part.anew)).toBe(false)
  await window.client.service.clear({ filter: { ids: [failed.id] }, unsaved: 'delete' })
  expect((await timeline.read()).shown).toEqual(Array(2).fill('succeeded started ended'))
})

test('attempts that were retried and jobs that were run again keep their bars', async () => {
  const window = open()
  const mark = join(state.folder, 'mark')
  const flaky = window.api.submit(sh('flaky', `test -e ${mark} || { touch ${mark}; exit 1; }`, { retries: 1 }))
  await flaky.result
  const timeline = await new Timeline(window).read()
  expect(timeline.shown).toEqual(['succeeded started ended', 'failed retry 1 started ended'])
  const [again] = await window.api.rerun({ ids: [flaky.id] })
  await again?.result
  expect((await timeline.read()).shown).toEqual([
    'succeeded started ended',
    'failed retry 1 started ended',
    'succeeded started ended',
  ])
})

test('a batch has a timeline of its own; two views and two windows are each sent their own', async () => {
  const [window, other] = [open(), open({ name: 'other' })]
  const batch = window.api.submitBatch([sh('a', 'true'), sh('b', 'exit 1')], { name: 'two' })
  await batch.completed
  await window.api.submit(sh('single', 'true')).result
  const one = await new Timeline(window, { view: 'one', batchId: batch.id }).read()
  const two = await new Timeline(window, { view: 'two' }).read()
  const three = await new Timeline(other, { view: 'one' }).read()
  expect(one.shown).toEqual(['succeeded started ended', 'failed started ended'])
  expect(two.shown).toHaveLength(3)
  expect(three.shown).toEqual(two.shown)
  await window.api.submit(sh('later', 'true')).result
  expect((await one.read()).shown).toHaveLength(2)
  expect((await two.read()).shown).toHaveLength(4)
  expect((await three.read()).shown).toHaveLength(4)
  const unknown = window.client.service.timeline({ view: 'x', batchId: 'nobody' })
  await expect(unknown).rejects.toThrow('There is no batch nobody in the history.')
})

test('thousands come in parts; a job of a bar is found by its number', async () => {
  const window = open()
  const jobs = await fillStore(window, 6000, 10)
  const timeline = await new Timeline(window).read()
  expect(timeline.parts.filter(({ bars }) => bars.seq.length > 0).length).toBeGreaterThan(1)
  expect(timeline.shown).toEqual(Array(6000).fill('cancelled ended'))
  const last = Math.max(...timeline.bars.arrays.seq.subarray(0, 6000))
  expect(await window.client.service.jobOfBar({ seq: last })).toMatchObject({ id: jobs.at(-1)?.id })
  expect(await window.client.service.jobOfBar({ seq: last + 1 })).toBeNull()
})

test('a number that no machine has costs neither the timeline nor the history', async () => {
  const window = open()
  const { client } = window
  const before = window.api.submit(sh('before', 'true'))
  await before.result // the service knows the environment by now
  const id = uuidv7()
  // as no window of this version submits it
  const spec = { ...sh('huge', 'true', { cores: 2 ** 53, priority: 2 ** 60 }), id, cwd: state.folder }
  await client.service.submit({ owner: 'test.window', environment: client.environmentHash, jobs: [spec] })
  await until(async () => (await window.api.list({ states: ['succeeded'] })).jobs.length === 2, LIMIT_MS, 'its end')
  const timeline = await new Timeline(window).read()
  expect(timeline.shown).toEqual(Array(2).fill('succeeded started ended'))
  expect((await window.api.list({})).jobs.map(job => job.id).sort()).toEqual([id, before.id].sort())
})

test('while jobs run the machine is sampled, also for the next job service', async () => {
  const window = open()
  const go = join(state.folder, 'go')
  const waits = window.api.submit(sh('waits', `until test -e ${go}; do sleep 0.05; done`))
  const timeline = new Timeline(window)
  await until(async () => (await timeline.read()).bars.usage.at.length > 0, LIMIT_MS, 'a sample')
  writeFileSync(go, '')
  await waits.result
  const [cpu] = timeline.bars.usage.cpu
  const [memory] = timeline.bars.usage.memory
  expect(cpu).toBeGreaterThanOrEqual(0)
  expect(cpu).toBeLessThanOrEqual(1)
  expect(memory).toBeGreaterThan(0)
  expect(memory).toBeLessThanOrEqual(1)
  const { pid } = await window.client.service.status(null)
  await window.client.service.restart({ when: 'now' })
  await until(async () => isAnother(window, pid), LIMIT_MS, 'the next job service')
  const after = await new Timeline(window).read()
  expect(after.bars.usage.at[0]).toBe(timeline.bars.usage.at[0])
})

async function isAnother({ client }: TestWindow, pid: number): Promise<boolean> {
  if (!(await client.connect({ start: true }))) return false
  return (await client.service.status(null).catch(() => ({ pid }))).pid !== pid
}
