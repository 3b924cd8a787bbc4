// The workers of a runner: the order of tasks that come back, and the log of a task whose answer comes before it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { uuidv7 } from '../../../src/core/base/uuid'
import type { FromRunner } from '../../../src/run/base/runnerProtocol'
import { Runs } from '../../../src/run/runner/runs'
import { makeTempState, type TempState } from '../../support/tempState'
import { standStill, until } from '../../support/until'
import { workerCommand } from '../../support/workers'

let state: TempState
beforeAll(() => {
  state = makeTempState()
})
afterAll(() => state.remove())

const run = 1

/** Starts one worker and collects the messages about it. */
function start(command: readonly string[]): { sent: FromRunner[]; workers: Runs } {
  const sent: FromRunner[] = []
  const workers = new Runs(
    message => sent.push(message),
    () => 0,
  )
  workers.onMessage({ type: 'environment', environment: 1, vars: { PATH: process.env.PATH ?? '' } })
  workers.onMessage({
    type: 'startWorker',
    run,
    isConcurrent: false,
    spec: {
      id: uuidv7(),
      name: 'worker',
      command,
      cwd: state.folder,
      environment: 1,
      cores: 1,
      spoolFile: `${state.folder}/spool`,
      maxOutputBytes: 1_000_000,
      graceMs: 30_000,
      niceness: 0,
      protocol: { name: 'lines', startTimeoutMs: 20_000, arrayFolders: [], pythonFolder: resolve('src/python') },
    },
  })
  return { sent, workers }
}

test('what was sent before the service knew of a return comes back too, and is accepted when sent again', async () => {
  const { sent, workers } = start(workerCommand('waits.py', `${state.folder}/begun`, `${state.folder}/go`))
  const texts: string[] = ['']
  const assign = (returns: number, ...more: string[]) => {
    const first = texts.length
    texts.push(...more)
    const tasks = more.map((text, i) => ({ task: first + i, id: `${first + i}`, text: JSON.stringify(text) }))
    workers.onMessage({ type: 'tasks', run, tasks, returns })
  }
  const textOf = (task: number) => texts[task] ?? ''
  const returned = () => sent.flatMap(message => (message.type === 'returned' ? [message.tasks] : []))
  const ended = () =>
    sent.flatMap(message => (message.type === 'tasksEnded' ? message.ends.map(({ task }) => textOf(task)) : []))

  assign(0, 'wait', 'b')
  await until(() => returned().length === 1, 20_000, 'the return of what waits behind a long one')
  assign(0, 'c', 'd')
  expect(returned()).toEqual([[2], [3, 4]])
  assign(1, 'e')
  expect(returned()).toEqual([[2], [3, 4], [5]])
  workers.onMessage({ type: 'stopTask', run, task: 1, endedBy: 'user' })
  assign(3, 'b', 'c')
  let returns = 3
  const allEnded = () => {
    // a slow answer to `b` lets `c` come back once more
    for (const tasks of returned().slice(returns)) assign(++returns, ...tasks.map(textOf))
    return ended().length === 3
  }
  await until(allEnded, 30_000, 'the ends')
  expect(ended()).toEqual(['wait', 'b', 'c'])
  await workers.stopAll()
})

test('what was printed before an answer belongs to it, also when it is read later', async () => {
  const [first, second] = [`${state.folder}/first`, `${state.folder}/second`]
  const { sent, workers } = start(workerCommand('prints-last.py', first, second))
  const ends = () => sent.flatMap(message => (message.type === 'tasksEnded' ? message.ends : []))
  workers.onMessage({ type: 'tasks', run, returns: 0, tasks: [{ task: 1, id: '1', text: 'null' }] })
  await until(() => sent.some(({ type }) => type === 'taskChanged'), 20_000, 'the task with the worker')

  // in one turn of the event loop: an echo; the progress, and behind it the answer, but not yet what is on stderr
  const echo = spawn('cat')
  echo.stdin.write('once')
  await once(echo.stdout, 'data')
  echo.stdout.once('data', () => {
    writeFileSync(second, '')
    standStill(500)
  })
  echo.stdin.write('again')
  standStill(300)
  writeFileSync(first, '')
  standStill(300)
  await until(() => ends().length === 1, 30_000, 'the end')
  expect(Buffer.from(ends()[0]?.end.stderr ?? '', 'base64').toString()).toBe('last words\n')
  echo.stdin.end()
  await workers.stopAll()
})
