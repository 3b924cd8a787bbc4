// What a warm worker elsewhere has answered is brought here; what cannot be stays there.
import { expect, it } from 'vitest'
import { type FromRunner, sendEnd } from '../../../src/run/base/runnerProtocol'
import type { RunSpec } from '../../../src/run/base/runTypes'
import { unobservedEnd } from '../../../src/run/base/unobservedEnd'
import { LeftFiles } from '../../../src/service/files/leftFiles'
import { RemoteFiles } from '../../../src/service/files/remoteFiles'
import { RemoteWorker } from '../../../src/service/remote/remoteWorker'
import type { RunnerRequest } from '../../../src/service/runners/runProxy'
import { until } from '../../support/until'

const spec: RunSpec = {
  id: 'w',
  name: 'w',
  command: ['sh'],
  cwd: '/',
  env: {},
  cores: 1,
  spoolFile: '/no/such/folder/w',
  maxOutputBytes: 1,
  graceMs: 1,
  niceness: 0,
}

it('an answer that could not be brought stays there, and its job says where', async () => {
  const removed: string[] = []
  const files = new RemoteFiles(({ request, ...asked }) => {
    if (asked.type === 'remove') removed.push(asked.path)
    queueMicrotask(() => files.onAnswer({ type: 'fileAnswer', run: 0, request, size: 5 }))
  })
  const left = new LeftFiles(path => files.remove(path))
  const received: FromRunner[] = []
  let give: ((request: RunnerRequest) => void) | undefined
  const worker = {
    spec,
    isConcurrent: false,
    hasEnded: false,
    attach: (send: (request: RunnerRequest) => void) => {
      give = send
    },
    detach: () => undefined,
    onMessage: (message: FromRunner) => void received.push(message),
    onRunnerExit: async () => undefined,
  }
  let given = 0
  const there = new RemoteWorker(
    worker,
    spec,
    spec,
    { files, left, folder: '/there', host: 'lab' },
    {
      onTasksEnded: ended => ended.map(each => each.remove()),
      onEnd: () => undefined,
    },
  )
  there.attach(() => given++)
  give?.({ type: 'tasks', tasks: [{ task: 1, id: 'job' }], returns: 0 })
  await until(() => given === 1, 5000, 'the job at its worker')
  const end = { ...sendEnd(unobservedEnd(undefined)), stdout: { file: '/there/job.out', bytes: 5 } }
  there.onMessage({ type: 'tasksEnded', run: 1, ms: 1, ends: [{ task: 1, end }] })
  await until(() => received.length === 1, 5000, 'its end')
  const [ended] = received
  expect(ended?.type === 'tasksEnded' && ended.ends[0]?.end.error?.message).toBe(
    'The answer could not be brought from lab: it does not exist. It is in lab:/there/job.out.',
  )
  await left.clear('another')
  expect(removed).toEqual([])
})
