// All attempts at a place of the list keep what they wrote: those of reruns, and those that retries ran again.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { JobFilter } from '../../../src/api'
import { NOT_TRUSTED } from '../../../src/client/jobs/jobHub'
import type { JobOutline } from '../../../src/core/jobs/attempts'
import type { OwnedFilter } from '../../../src/core/protocol/protocol'
import { filtersOfIds, selectJobs } from '../../../src/extension/commands/common/jobSelection'
import { statePaths } from '../../../src/service/base/paths'
import type { TempState } from '../../support/tempState'
import { stateForEach } from '../../support/testService'
import { until } from '../../support/until'
import type { TestWindow, WindowOptions } from '../../support/window'

let state: TempState
let open: (options?: WindowOptions) => TestWindow

stateForEach(given => ({ state, open } = given))

const file = (name: string) => join(state.folder, name)
const paths = () => statePaths(state.folder)
const all = { all: true } as const
const everything: JobFilter = { ...all, states: ['succeeded', 'failed', 'cancelled', 'lost'] }

/** Succeeds as long as nothing has broken it. */
const script = () => ['sh', '-c', 'if [ -e "$0" ]; then echo bad >&2; exit 3; fi; echo good', file('broken')]

const outputOf = async ({ client }: TestWindow, id: string, stream: 'stdout' | 'stderr', attempt?: number) => {
  const query = { id, stream, offset: 0, length: 1000, ...(attempt !== undefined && { attempt }) }
  return Buffer.from((await client.service.output(query)).base64, 'base64').toString()
}

async function outline({ client }: TestWindow, filter: OwnedFilter): Promise<JobOutline[]> {
  const jobs: JobOutline[] = []
  for (let after: number | undefined = 0; after !== undefined; ) {
    const page = await client.service.outline({ filter, after })
    jobs.push(...page.jobs)
    after = page.next
  }
  return jobs
}

/** A job that has succeeded, and then failed when it was run again. */
async function succeededThenFailed(window: TestWindow): Promise<{ first: string; second: string }> {
  const job = window.api.submit({ command: script(), name: 'fragile' })
  expect((await job.result).state).toBe('succeeded')
  writeFileSync(file('broken'), '')
  const [again] = await window.api.rerun({ ids: [job.id] })
  expect((await again?.result)?.state).toBe('failed')
  return { first: job.id, second: again?.id as string }
}

describe('a rerun', () => {
  it('leaves the output of the earlier attempt in reach of the row', async () => {
    const window = open({ resultsInHistory: true })
    const { first, second } = await succeededThenFailed(window)
    const { attempts } = await window.client.service.attempts({ id: second })
    expect(attempts).toMatchObject([
      { id: second, number: 2, state: 'failed', exitCode: 3, stderrBytes: 4, message: 'Exit code 3. bad' },
      { id: first, number: 1, state: 'succeeded', exitCode: 0, stdoutBytes: 5 },
    ])
    expect(await outputOf(window, first, 'stdout')).toBe('good\n')
    expect(await outputOf(window, second, 'stderr')).toBe('bad\n')
    expect((await window.client.service.attempts({ id: first })).attempts).toEqual(attempts)
    const { jobs } = await window.api.list(all)
    expect(jobs.map(({ id, earlierAttempts }) => [id, earlierAttempts])).toEqual([[second, 1]])
    expect(await window.client.service.place({ id: first })).toMatchObject({ first, latest: { id: second } })
    expect(await window.client.service.place({ id: second })).toMatchObject({ first, latest: { id: second } })
  })

  it('does not make the earlier result one that may be deleted without a question', async () => {
    const window = open({ resultsInHistory: true })
    const { service } = window.client
    const { second } = await succeededThenFailed(window)
    expect(await outline(window, all)).toEqual([{ id: second, result: 'earlier', unsaved: 1 }])
    expect(await service.clear({ filter: everything, unsaved: 'keep' })).toEqual({ cleared: 0, unsaved: 1 })
    const { files } = await service.save({ filter: all, folder: file('saved') })
    expect(files.map(path => readFileSync(path, 'utf8'))).toEqual(['good\n'])
    expect(await service.clear({ filter: everything, unsaved: 'keep' })).toEqual({ cleared: 1, unsaved: 0 })
    expect(await service.attempts({ id: second })).toEqual({ attempts: [] })
    expect(await service.place({ id: second })).toBeNull()
  })

  it('that succeeds again leaves two results: the newest is the one to save, and all that are not saved can be', async () => {
    const window = open({ resultsInHistory: true })
    const { service } = window.client
    const job = window.api.submit({ command: ['sh', '-c', 'cat "$0"', file('input')], name: 'twice' })
    writeFileSync(file('input'), 'one')
    await job.result
    writeFileSync(file('input'), 'two')
    const [again] = await window.api.rerun({ ids: [job.id] })
    await again?.result
    const read = (path: string) => readFileSync(path, 'utf8')
    const newest = await service.save({ filter: all, folder: file('newest') })
    expect(newest.files.map(read)).toEqual(['two'])
    expect(await service.clear({ filter: everything, unsaved: 'keep' })).toEqual({ cleared: 0, unsaved: 1 })
    const unsaved = await service.save({ filter: all, folder: file('unsaved'), which: 'unsaved' })
    expect(unsaved.files.map(read)).toEqual(['one'])
    expect(await service.clear({ filter: everything, unsaved: 'keep' })).toEqual({ cleared: 1, unsaved: 0 })
  })

  it('of a large output keeps the file of each attempt until the row is cleared', async () => {
    const window = open({ resultsInHistory: true })
    const { service } = window.client
    const job = window.api.submit({ command: ['sh', '-c', 'head -c 200000 /dev/zero'] })
    await job.result
    const [again] = await window.api.rerun({ ids: [job.id] })
    await again?.result
    const spooled = () => readdirSync(paths().spool).filter(name => name.endsWith('.out'))
    expect(spooled().sort()).toEqual([`${job.id}.out`, `${again?.id}.out`].sort())
    await service.clear({ filter: everything, unsaved: 'delete' })
    expect(spooled()).toEqual([])
  })

  it('is listed with all its attempts in pages', async () => {
    const window = open()
    const { service } = window.client
    const job = window.api.submit({ command: ['sh', '-c', 'exit 1'] })
    await job.result
    let id = job.id
    for (let n = 2; n <= 103; n++) {
      const [again] = await window.api.rerun({ ids: [id] })
      await again?.result
      id = again?.id as string
    }
    const first = await service.attempts({ id })
    expect([first.attempts.length, first.more, first.attempts[0]?.number]).toEqual([100, true, 103])
    const rest = await service.attempts({ id, before: first.attempts.at(-1)?.number as number })
    expect(rest.attempts.map(({ number }) => number)).toEqual([3, 2, 1])
    expect(rest.more).toBeUndefined()
  })
})

describe('an attempt that is retried', () => {
  /** Fails at first and succeeds then; each attempt writes so many bytes of its own letter. */
  const flaky = (bytes: number) => [
    'sh',
    '-c',
    'if [ -e "$0" ]; then c=b; else c=a; fi; head -c "$1" /dev/zero | tr "\\0" $c; echo "error $c" >&2; [ -e "$0" ] || { : > "$0"; exit 4; }',
    file('tried'),
    String(bytes),
  ]

  it('keeps its facts, stdout and stderr beside those of the next', async () => {
    const window = open({ resultsInHistory: true })
    const job = window.api.submit({ command: flaky(3), retries: 2 })
    expect(await job.result).toMatchObject({ state: 'succeeded', attempts: 2 })
    const { attempts } = await window.client.service.attempts({ id: job.id })
    expect(attempts).toMatchObject([
      { id: job.id, number: 2, state: 'succeeded', stdoutBytes: 3 },
      { id: job.id, number: 1, retry: 1, state: 'failed', exitCode: 4, stdoutBytes: 3, stderrBytes: 8 },
    ])
    expect(attempts[0]?.retry).toBeUndefined()
    expect(await outputOf(window, job.id, 'stdout')).toBe('bbb')
    expect(await outputOf(window, job.id, 'stdout', 1)).toBe('aaa')
    expect(await outputOf(window, job.id, 'stderr', 1)).toBe('error a\n')
    await expect(outputOf(window, job.id, 'stdout', 7)).rejects.toThrow('There is no attempt 7')
    expect((await window.api.list(all)).jobs).toMatchObject([{ attempts: 2, earlierAttempts: 1 }])
  })

  it('can be read while the job waits to be tried again', async () => {
    const window = open({ resultsInHistory: true })
    const job = window.api.submit({ command: ['sh', '-c', 'echo said; exit 1'], retries: 50 })
    await until(() => job.info.reason === 'retry' && job.info.attempts > 0, 20_000, 'a job that waits to be retried')
    // it may be tried again at any moment: then the attempt is requested by its number
    expect(await outputOf(window, job.id, 'stdout', 1)).toBe('said\n')
    await job.cancel()
    if (job.info.attempts === 1) expect(await outputOf(window, job.id, 'stdout')).toBe('said\n')
  })

  it('leaves nothing to a job that is cancelled before it is tried again', async () => {
    const window = open({ resultsInHistory: true })
    const command = [
      'sh',
      '-c',
      'echo said; echo bad >&2; while [ ! -e "$0" ]; do sleep 0.05; done; exit 3',
      file('go'),
    ]
    const job = window.api.submit({ command, retries: 50 })
    await until(() => job.info.state === 'running', 20_000, 'the first attempt')
    await window.client.service.pause({ paused: true }) // so that it is not tried again
    writeFileSync(file('go'), '')
    await until(() => job.info.state === 'queued', 20_000, 'the end of the first attempt')
    expect(job.info).toMatchObject({ attempts: 1, exitCode: 3, lastErrorLine: 'bad' })
    await job.cancel()
    expect(await job.result).toMatchObject({ state: 'cancelled', attempts: 1, exitCode: null, durationMs: 0 })
    const facts = {
      state: 'cancelled',
      endedBy: 'user',
      attempts: 1,
      earlierAttempts: 1,
      stdoutBytes: 0,
      stderrBytes: 0,
    }
    expect(job.info).toMatchObject(facts)
    for (const fact of ['exitCode', 'signal', 'error', 'startedAt', 'lastErrorLine'])
      expect(job.info).not.toHaveProperty(fact)
    const { attempts } = await window.client.service.attempts({ id: job.id })
    expect(attempts).toMatchObject([
      { number: 2, state: 'cancelled', stdoutBytes: 0, stderrBytes: 0 },
      { number: 1, retry: 1, state: 'failed', exitCode: 3, stdoutBytes: 5, stderrBytes: 4 },
    ])
    expect(attempts[0]).not.toHaveProperty('message')
  })

  it('keeps a large output in a file of its own, which goes with the row', async () => {
    const window = open({ resultsInHistory: true })
    const job = window.api.submit({ command: flaky(200_000), retries: 1 })
    expect((await job.result).state).toBe('succeeded')
    const files = [`${job.id}.1.out`, `${job.id}.out`]
    const spooled = () => readdirSync(paths().spool).filter(name => name.endsWith('.out'))
    expect(spooled().sort()).toEqual(files)
    expect(await outputOf(window, job.id, 'stdout', 1)).toBe('a'.repeat(1000))
    expect(await outputOf(window, job.id, 'stdout')).toBe('b'.repeat(1000))
    await window.client.service.clear({ filter: everything, unsaved: 'delete' })
    expect(spooled()).toEqual([])
  })

  it('counts in the numbers of a rerun, and its bytes when the history grows too large', async () => {
    const window = open({ resultsInHistory: true })
    const job = window.api.submit({ command: flaky(600_000), retries: 1 })
    await job.result
    const [again] = await window.api.rerun({ ids: [job.id] })
    await again?.result
    const { attempts } = await window.client.service.attempts({ id: job.id })
    expect(attempts.map(({ id, number, retry }) => [id, number, retry])).toEqual([
      [again?.id, 3, undefined],
      [job.id, 2, undefined],
      [job.id, 1, 1],
    ])
    const small = window.api.submit({ command: ['echo', 'small'] })
    await small.result
    // three times 0.6 MB is too much, the last alone would not be
    await window.configure({ historyMegabytes: 1 })
    const [pid] = state.servicePids()
    process.kill(pid as number, 'SIGTERM')
    await until(() => state.servicePids().length === 0, 30_000, 'the end of the job service')
    const later = open({ resultsInHistory: true })
    await later.configure({ historyMegabytes: 1 })
    const names = async () => (await later.api.list(all)).jobs.map(({ id }) => id)
    await until(async () => (await names()).join() === small.id, 30_000, 'a history with the small job alone')
  })
})

describe('what a question is about', () => {
  it('is listed in pages, and names neither what ends nor what comes while it stands', async () => {
    const window = open({ resultsInHistory: true })
    const { service } = window.client
    await window.configure({ concurrency: 2 })
    const quick = window.api.submitBatch(Array.from({ length: 1700 }, () => ({ command: ['/no/such/program'] })))
    await quick.completed
    const waiting = window.api.submit({ command: ['sh', '-c', 'until [ -e "$0" ]; do sleep 0.05; done', file('go')] })
    await until(() => waiting.info.state === 'running', 20_000, 'a job that runs')
    const selection = await selectJobs(service, [everything])
    expect(new Set(selection.ids).size).toBe(1700)
    expect(selection.unsaved).toBe(0)
    writeFileSync(file('go'), '')
    await waiting.result
    let cleared = 0
    for (const filter of filtersOfIds(selection.ids, everything.states)) {
      cleared += (await service.clear({ filter, unsaved: 'delete' })).cleared
    }
    expect(cleared).toBe(1700)
    expect((await window.api.list(all)).jobs.map(({ id }) => id)).toEqual([waiting.id])
    expect(filtersOfIds([])).toEqual([])
  })

  it('can be narrowed to jobs that wrote to stderr, have a result, or have earlier attempts', async () => {
    const window = open({ resultsInHistory: true })
    const script = ['sh', '-c', 'echo out; echo err >&2']
    const loud = window.api.submit({ command: script, name: 'loud' })
    const quiet = window.api.submit({ command: ['true'], name: 'quiet' })
    const toFile = window.api.submit({ command: ['echo', 'x'], stdout: { file: file('x') }, name: 'to file' })
    await Promise.all([loud.result, quiet.result, toFile.result])
    const [again] = await window.api.rerun({ ids: [quiet.id] })
    await again?.result
    const ids = async (has: NonNullable<OwnedFilter['has']>) =>
      (await outline(window, { ...all, has })).map(({ id }) => id)
    expect(await ids('stderr')).toEqual([loud.id])
    expect(await ids('result')).toEqual([loud.id])
    expect(await ids('attempts')).toEqual([again?.id])
    const { rows } = (await window.client.service.watchRows({
      id: 'view',
      query: { from: 0, count: 10, expanded: [] },
    })) ?? { rows: [] }
    const savable = rows.flatMap(row => (row.kind === 'job' && row.hasResult ? [row.job.name] : []))
    expect(savable).toEqual(['loud'])
  })
})

describe('a workspace that is not trusted', () => {
  it('starts no job by a rerun', async () => {
    const trusted = open()
    const job = trusted.api.submit({ command: ['true'] })
    await job.result
    const untrusted = open({ isTrusted: false, name: 'untrusted' })
    await expect(untrusted.api.rerun({ ids: [job.id] })).rejects.toThrow(NOT_TRUSTED)
    expect((await untrusted.api.getJob(job.id))?.info.id).toBe(job.id)
    const batch = untrusted.api.openBatch()
    const refused = await batch.add({ command: ['true'] }).result
    expect(refused).toMatchObject({ state: 'failed', error: { message: NOT_TRUSTED } })
    expect((await trusted.api.list({})).jobs.map(({ id }) => id)).toEqual([job.id])
  })
})
