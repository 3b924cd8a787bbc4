// The jobs of warm workers whose runner another job service takes over, message by message.
import { expect, it } from 'vitest'
import type { FromRunner, SentEnd, SentSpec, ToRunner } from '../../../src/run/base/runnerProtocol'
import { Journal } from '../../../src/run/runner/journal'
import { TakenTasks } from '../../../src/run/runner/takenTasks'

const WORKER = 3
const progress = { stdoutBytes: 0, stderrBytes: 0 }
const endOf = (value: string): SentEnd => ({
  ...{ exitCode: null, signal: null, endedBy: 'self', answered: true, endedAt: 1, leftovers: 0 },
  ...{ stdout: { base64: value }, stderr: '', stderrTruncated: false, ...progress },
})
const tasksOf = (...tasks: number[]): ToRunner => ({
  type: 'tasks',
  run: WORKER,
  tasks: tasks.map(task => ({ task, id: `job ${task}` })),
  returns: 0,
})
const endsOf = (...tasks: number[]): FromRunner => ({
  type: 'tasksEnded',
  run: WORKER,
  ms: 1,
  ends: tasks.map(task => ({ task, end: endOf(`${task}`) })),
})

/** A worker that has been given four jobs, of which the first has ended and the second has begun. */
function journalOfWorker(isConcurrent = false): Journal {
  const journal = new Journal()
  const spec = { command: ['python3', 'worker.py'] } as unknown as SentSpec
  journal.onRequest({ type: 'startWorker', run: WORKER, spec, isConcurrent })
  journal.onMessage({ type: 'started', run: WORKER, pid: 7, command: ['/usr/bin/python3', 'worker.py'], startedAt: 1 })
  journal.onRequest(tasksOf(1, 2, 3, 4))
  journal.onMessage(endsOf(1))
  journal.onMessage({ type: 'taskChanged', run: WORKER, task: 2, startedAt: 5, progress })
  journal.onMessage({ type: 'returned', run: WORKER, tasks: [4] })
  return journal
}
const idsOf = (journal: Journal) => journal.jobs.map(({ id, ended }) => [id, ended !== undefined])

it('all that a worker has or had are runs of their own, but what came back', () => {
  const journal = journalOfWorker()
  expect(journal.isEmpty).toBe(false)
  const taken = journal.takeTasks()
  expect(taken.map(({ run, task, worker }) => [run, task, worker])).toEqual([
    [5, 2, WORKER],
    [6, 3, WORKER],
  ])
  expect(journal.last).toBe(6)
  expect(journal.jobs).toMatchObject([
    { run: 4, id: 'job 1', ended: { run: 4, pid: 7, end: { stdout: { base64: '1' } } } },
    { run: 5, id: 'job 2', started: { run: 5, pid: 7, command: ['/usr/bin/python3', 'worker.py'], startedAt: 5 } },
    { run: 6, id: 'job 3' },
  ])
  expect(journal.takeTasks()).toEqual([])
  for (const { run } of journal.jobs) journal.onRequest({ type: 'forget', run })
  expect(journal.isEmpty).toBe(true)
})

it('what is on disk is forgotten, in the order of its ends', () => {
  const journal = journalOfWorker()
  journal.onMessage(endsOf(3, 2))
  journal.onRequest({ type: 'forgetTasks', run: WORKER, ends: 2 })
  journal.onRequest({ type: 'forgetTasks', run: WORKER, ends: 2 })
  expect(journal.takeTasks()).toEqual([])
  expect(idsOf(journal)).toEqual([['job 2', true]])
})

it('the ends of a worker that has gone are known until they are on disk', () => {
  const journal = journalOfWorker()
  journal.onMessage({ type: 'ended', run: WORKER, command: [], end: endOf('') })
  expect(journal.workers).toEqual([])
  expect(journal.isEmpty).toBe(false)
  journal.onRequest({ type: 'forgetTasks', run: WORKER, ends: 1 })
  expect(journal.isEmpty).toBe(true)
  expect(journal.takeTasks()).toEqual([])
})

it('the requests of a window are no jobs', () => {
  const journal = journalOfWorker(true)
  expect([journal.isEmpty, journal.takeTasks(), journal.workers]).toEqual([true, [], []])
  expect(journal.requestWorkers).toEqual([WORKER])
})

it('the next job service hears of them as of runs', () => {
  const taken = new TakenTasks()
  expect(taken.message(endsOf(2))).toEqual([endsOf(2)])
  taken.add(journalOfWorker().takeTasks())
  const changed: FromRunner = { type: 'taskChanged', run: WORKER, task: 3, startedAt: 8, progress }
  expect(taken.message(changed)).toMatchObject([
    { type: 'started', run: 6, pid: 7, startedAt: 8 },
    { type: 'changed', run: 6, progress },
  ])
  expect(taken.message(changed)).toEqual([{ type: 'changed', run: 6, progress }])
  expect(taken.message(endsOf(2))).toEqual([
    { type: 'ended', run: 5, pid: 7, command: ['/usr/bin/python3', 'worker.py'], end: endOf('2') },
  ])
  expect(taken.message({ type: 'returned', run: WORKER, tasks: [3] })).toMatchObject([
    { type: 'ended', run: 6, end: { neverBegun: true } },
  ])
  expect(taken.message(endsOf(3))).toEqual([])
})

it('what a worker has not begun when it ends never began', () => {
  const taken = new TakenTasks()
  taken.add(journalOfWorker().takeTasks())
  const ended: FromRunner = { type: 'ended', run: WORKER, command: [], end: endOf('') }
  expect(taken.message(ended)).toMatchObject([
    { run: 5, end: { neverBegun: true } },
    { run: 6, end: { neverBegun: true } },
    ended,
  ])
  expect(taken.message(ended)).toEqual([ended])
})

it('asks of them as of runs', () => {
  const taken = new TakenTasks()
  taken.add(journalOfWorker().takeTasks())
  expect(taken.request({ type: 'stop', run: 5, endedBy: 'user' })).toEqual({
    ...{ type: 'stopTask', run: WORKER, task: 2, endedBy: 'user' },
  })
  const other: ToRunner = { type: 'stop', run: 2, endedBy: 'user' }
  expect(taken.request(other)).toBe(other)
  const reads = [5, 6].map(run =>
    taken.request({ type: 'read', run, request: 1, stream: 'stderr', offset: 0, length: 9 }),
  ) as { run: number; task: number; request: number }[]
  expect(reads.map(({ run, task }) => [run, task])).toEqual([
    [WORKER, 2],
    [WORKER, 3],
  ])
  const answer = (index: number) =>
    taken.message({ type: 'bytes', run: WORKER, request: reads[index]?.request ?? 0, base64: `${index}` })
  expect(answer(1)).toEqual([{ type: 'bytes', run: 6, request: 1, base64: '1' }])
  expect(answer(0)).toEqual([{ type: 'bytes', run: 5, request: 1, base64: '0' }])
})
