// No message is above the limit, whatever is in it: what is long comes in parts or is refused with a sentence, and the
// connection stays.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import type { JobSpec } from '../../../src/api'
import { uuidv7 } from '../../../src/core/base/uuid'
import type { Rows } from '../../../src/core/protocol/facts'
import { MAX_LIST_BYTES, MAX_MESSAGE_BYTES, MAX_ROWS } from '../../../src/core/protocol/limits'
import { messageBytes } from '../../../src/core/protocol/wire'
import type { TempState } from '../../support/tempState'
import { serviceForEach } from '../../support/testService'
import { until } from '../../support/until'
import type { TestWindow } from '../../support/window'

let state: TempState
let window: TestWindow

serviceForEach(given => ({ state, window } = given), {})

/** How often it has connected: more than once means that the connection broke. */
let connections: number

beforeEach(() => {
  connections = 1
  window.client.onDidConnect(() => connections++)
})

/** Jobs that never run: the queue is paused. */
async function queue(count: number, spec: JobSpec): Promise<string> {
  await window.client.service.pause({ paused: true })
  const batch = window.api.submitBatch(Array.from({ length: count }, () => spec))
  await Promise.all(batch.jobs.map(job => job.accepted))
  return batch.id
}

describe('many jobs with long commands', () => {
  // as text a control character is one, in a message six bytes
  it.each([
    ['long words', 'x'.repeat(3000), 2000],
    ['control characters', '\u0001'.repeat(1000), 2000],
  ])('run again in one go: %s', async (_, word, count) => {
    const batchId = await queue(count, { command: ['true', word] })
    expect(await window.api.cancel({ batchId })).toBe(count)
    const again = await window.api.rerun({ batchId })
    expect(again.length).toBe(count)
    expect(again[0]?.info.command).toEqual(['true', word])
    expect(await window.api.cancel({ batchId })).toBe(count)
    for (const job of again) expect((await job.result).state).toBe('cancelled')
    expect(connections).toBe(1)
  })

  it('are listed a thousand at a time', async () => {
    const batchId = await queue(1500, { command: ['true', 'x'.repeat(6000)], env: { LONG: 'y'.repeat(3000) } })
    const first = await window.api.list({ batchId, limit: 1000 })
    expect(first.jobs.length).toBe(1000)
    expect(first.jobs.every(({ command }) => command[1]?.length === 6000)).toBe(true)
    const rest = await window.api.list({ batchId, limit: 1000, ...(first.next && { after: first.next }) })
    expect(rest.jobs.length).toBe(500)
    expect(new Set([...first.jobs, ...rest.jobs].map(({ id }) => id)).size).toBe(1500)
    expect(connections).toBe(1)
  })

  it('are queried one by one where two do not fit', async () => {
    await window.client.service.pause({ paused: true })
    const jobs = [900_000, 3_400_000].map(length => window.api.submit({ command: ['true', 'x'.repeat(length)] }))
    for (const job of jobs) await job.accepted
    const ids = jobs.map(({ id }) => id)
    expect((await window.client.service.sync({ ids })).jobs.length).toBe(1)
    expect((await window.client.service.sync({ ids: ids.slice(1) })).jobs.length).toBe(1)
    const spec = await window.client.service.getSpec({ id: ids[1] as string })
    expect(spec?.command[1]?.length).toBe(3_400_000)
    expect(connections).toBe(1)
  })

  it('are rows that are marked as cut; the whole is available', async () => {
    const long = `${'x'.repeat(50_000)} the end`
    const name = 'n'.repeat(5000)
    const batchId = await queue(MAX_ROWS, { command: ['true', long], name })
    const { service } = window.client
    const query = { from: 0, count: MAX_ROWS, expanded: [batchId] }
    const rows = (await service.watchRows({ id: 'view', query })) as Rows
    expect(rows.rows.length).toBe(MAX_ROWS)
    expect(messageBytes(rows)).toBeLessThan(MAX_MESSAGE_BYTES)
    const row = rows.rows[1]
    if (row?.kind !== 'job') throw new Error('The second row is no job.')
    expect(row.job.command[1]).toMatch(/^x+…$/)
    expect(row.job.name).toMatch(/^n+…$/)
    expect((await service.getSpec({ id: row.job.id }))?.command[1]).toBe(long)
    expect((await service.list({ filter: { ids: [row.job.id] } })).jobs[0]?.command[1]).toBe(long)
    // an event brings as many
    const changed = new Promise<Rows>(resolve =>
      window.client.onEvents(events => {
        for (const event of events) if (event.type === 'rows') resolve(event.rows)
      }),
    )
    await window.api.cancel({ batchId })
    expect(messageBytes(await changed)).toBeLessThan(MAX_MESSAGE_BYTES)
    expect(connections).toBe(1)
  })
})

it('workers with long commands are shown in the summary', async () => {
  const long = Array.from({ length: 10 }, () => 'x'.repeat(110_000))
  const workers = Array.from({ length: 5 }, () =>
    window.api.startWorker({ command: ['sh', '-c', 'exec sleep 60', ...long] }),
  )
  const shown = await until(
    () => {
      const { workers = [] } = window.client.summary ?? {}
      return workers.length === 5 && workers
    },
    20_000,
    'five workers in the summary',
  )
  expect(messageBytes(shown)).toBeLessThan(MAX_LIST_BYTES)
  await Promise.all(workers.map(worker => worker.dispose()))
  expect(connections).toBe(1)
})

it('results are saved with paths that are too many for a message', async () => {
  const folder = join(state.folder, ...Array.from({ length: 18 }, () => 'f'.repeat(200)))
  const jobs = Array.from({ length: 1150 }, (_, i) => ({ command: ['echo', `${i}`], name: `${'n'.repeat(140)}${i}` }))
  const batch = window.api.submitBatch<Uint8Array>(jobs)
  await batch.completed
  const { files } = await window.client.service.save({ filter: { batchId: batch.id }, folder })
  expect(files.join().length).toBeGreaterThan(MAX_MESSAGE_BYTES)
  expect(new Set(files).size).toBe(jobs.length)
  expect(existsSync(files.at(-1) as string)).toBe(true)
  expect(connections).toBe(1)
})

describe('what a window requests', () => {
  it('of 200,000 ids reaches all of them', async () => {
    const batchId = await queue(3, { command: ['true'] })
    const { jobs } = await window.api.list({ batchId })
    const known = jobs.map(({ id }) => id)
    const ids = Array.from({ length: 200_000 }, () => uuidv7())
    for (const [i, id] of known.entries()) ids[i * 99_000] = id
    expect((await window.api.list({ ids })).jobs.map(({ id }) => id).sort()).toEqual([...known].sort())
    expect(await window.api.cancel({ ids })).toBe(3)
    expect((await window.api.rerun({ ids })).length).toBe(3)
    expect(connections).toBe(1)
  })

  it('that is too large is refused with a sentence that names the job; the others run', async () => {
    const large = 'x'.repeat(5_000_000)
    const jobs = [
      window.api.submit({ command: ['echo', 'a'], stdout: 'text' }),
      window.api.submit({ command: ['true', large], name: 'too long' }),
      window.api.submit({ command: ['true'], env: { LARGE: large }, name: 'too wide' }),
      window.api.submit({ command: ['true'], name: `very ${large}` }),
      window.api.submit({ command: ['echo', 'b'], stdout: 'text' }),
    ]
    const [a, long, wide, named, b] = await Promise.all(jobs.map(job => job.result))
    expect(a).toMatchObject({ state: 'succeeded', value: 'a\n' })
    expect(b).toMatchObject({ state: 'succeeded', value: 'b\n' })
    const error = (name: string) => ({
      kind: 'start',
      message: expect.stringMatching(new RegExp(`“${name}” takes 5,000,\\d+ bytes, and at most 3,670,016 can be sent`)),
    })
    expect(long).toMatchObject({ state: 'failed', error: error('too long') })
    expect(wide).toMatchObject({ state: 'failed', error: error('too wide') })
    expect(named).toMatchObject({ state: 'failed', error: error('very x+…') })
    await expect(jobs[1]?.accepted).rejects.toThrow('too long')
    expect(connections).toBe(1)
  })

  it('in one list that is longer as a message than as text', async () => {
    const spec: JobSpec = { command: ['true', '\u0001'.repeat(4000)] }
    const batchId = await queue(240, spec)
    expect((await window.api.list({ batchId, limit: 1000 })).jobs.length).toBe(240)
    expect(connections).toBe(1)
  })

  it('with too much text for one message fails by itself', async () => {
    const job = window.api.submit({ command: ['sleep', '60'] })
    await job.accepted
    await expect(job.cancel('x'.repeat(5_000_000))).rejects.toThrow('at most 4,194,304 are sent at once')
    await job.cancel('y'.repeat(100_000))
    const result = await job.result
    expect(result.cancelReason).toMatch(/^y+…$/)
    expect(connections).toBe(1)
  })
})

it('a job whose error names something long ends, and its error is reported', async () => {
  const long = 'x'.repeat(3_600_000)
  const [program, folder] = [
    window.api.submit({ command: [long], name: 'program' }),
    window.api.submit({ command: ['true'], cwd: `/${long}`, name: 'folder' }),
  ]
  for (const job of [program, folder]) {
    const result = await job.result
    expect(result).toMatchObject({ state: 'failed', error: { kind: 'start', message: expect.stringMatching(/x…$/) } })
    expect((await window.api.list({ ids: [job.id] })).jobs[0]?.error).toEqual(result.state === 'failed' && result.error)
    expect((await window.client.service.sync({ ids: [job.id] })).jobs.length).toBe(1)
  }
  expect(connections).toBe(1)
})

it('what a function throws or returns may be long', async () => {
  const why = 'z'.repeat(5_000_000)
  const thrown = (): never => {
    throw new Error(why)
  }
  const [input, path, output] = await Promise.all([
    window.api.submit({ command: ['cat'], stdin: thrown }).result,
    window.api.submit({ command: ['cat'], stdin: () => ({ file: `/${why}` }) }).result,
    window.api.submit({ command: ['echo'], stdout: thrown }).result,
  ])
  expect(input).toMatchObject({
    state: 'failed',
    error: { kind: 'prepareInput', message: expect.stringMatching(/z…/) },
  })
  expect(path).toMatchObject({
    state: 'failed',
    error: { kind: 'prepareInput', message: expect.stringContaining('at most 4,194,304 are sent at once') },
  })
  expect(output).toMatchObject({ state: 'failed', error: { kind: 'parse', message: expect.stringMatching(/z…/) } })
  expect(connections).toBe(1)
})
