// Tasks that a runner gives back, when its worker has something long to do: in order, also those that were on their way.
import { resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { FromRunner } from '../../src/run/runnerProtocol'
import { RunnerWorkers } from '../../src/run/runnerWorkers'
import { makeTempState, type TempState } from '../support/tempState'
import { until } from '../support/until'
import { workerCommand } from '../support/workers'

let state: TempState
beforeAll(() => {
  state = makeTempState()
})
afterAll(() => state.remove())

test('what was sent before the service had heard of a return comes back too, and is taken when sent again', async () => {
  const said: FromRunner[] = []
  const workers = new RunnerWorkers(
    message => said.push(message),
    () => 0,
  )
  const go = `${state.folder}/go`
  const run = 1
  workers.start(
    run,
    {
      id: '0197a000-0000-7000-8000-000000000001',
      name: 'waits',
      command: workerCommand('waits.py', `${state.folder}/begun`, go),
      cwd: state.folder,
      env: { PATH: process.env.PATH ?? '' },
      cores: 1,
      spoolFile: `${state.folder}/spool`,
      maxOutputBytes: 1_000_000,
      graceMs: 30_000,
      niceness: 0,
      protocol: { name: 'lines', startTimeoutMs: 20_000, arrayFolders: [], pythonFolder: resolve('src/python') },
    },
    false,
  )
  const texts: string[] = ['']
  const hand = (returns: number, ...more: string[]) => {
    const first = texts.length
    texts.push(...more)
    const tasks = more.map((text, i) => ({ task: first + i, id: `${first + i}`, text: JSON.stringify(text) }))
    workers.take({ type: 'tasks', run, tasks, returns })
  }
  const textOf = (task: number) => texts[task] ?? ''
  const returned = () => said.flatMap(message => (message.type === 'returned' ? [message.tasks] : []))
  const ended = () =>
    said.flatMap(message => (message.type === 'tasksEnded' ? message.ends.map(({ task }) => textOf(task)) : []))

  hand(0, 'wait', 'b')
  await until(() => returned().length === 1, 20_000, 'the return of what waits behind a long one')
  hand(0, 'c', 'd')
  expect(returned()).toEqual([[2], [3, 4]])
  hand(1, 'e')
  expect(returned()).toEqual([[2], [3, 4], [5]])
  workers.take({ type: 'stopTask', run, task: 1, endedBy: 'user' })
  hand(3, 'b', 'c')
  let returns = 3
  const allEnded = () => {
    // a slow answer to `b` lets `c` come back once more
    for (const tasks of returned().slice(returns)) hand(++returns, ...tasks.map(textOf))
    return ended().length === 3
  }
  await until(allEnded, 30_000, 'the ends')
  expect(ended()).toEqual(['wait', 'b', 'c'])
  await workers.stopAll()
})
