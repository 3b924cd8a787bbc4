// Workers whose service and runner have died together: the next service ends them.
import { expect, test } from 'vitest'
import { readRecord, statePaths } from '../../../src/service/base/paths'
import { isAlive, parentOf, type TempState } from '../../support/tempState'
import { stateForEach } from '../../support/testService'
import { until } from '../../support/until'
import type { TestWindow, WindowOptions } from '../../support/window'

const LIMIT_MS = 30_000
/** Answers with its pid; it does not end by itself, and not when it is asked to. */
const CLINGING = `
import json, os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print('{"hello":1}', flush=True)
for line in sys.stdin:
    print(json.dumps({'id': json.loads(line)['id'], 'value': os.getpid()}), flush=True)
time.sleep(1000)
`
const command = ['python3', '-c', CLINGING]

let state: TempState
let open: (options?: WindowOptions) => TestWindow
stateForEach(given => ({ state, open } = given))

test.skipIf(process.platform !== 'linux')('are ended, those of jobs and those of windows', async () => {
  const window = open()
  await window.configure({ killGraceSeconds: 0.2 })
  const keepAlive = { command, protocol: 'lines', keepAlive: true, stdin: { value: null } } as const
  const ended = await window.api.submit(keepAlive).result
  const pids = [
    ended.state === 'succeeded' ? (ended.value as number) : Number.NaN,
    (await window.api.startWorker({ command }).request(null)) as number,
  ]
  const service = readRecord(statePaths(state.folder))?.pid as number
  window.client.dispose()
  for (const pid of [service, ...new Set(pids.map(parentOf))]) process.kill(pid, 'SIGKILL')
  await until(() => !isAlive(service), LIMIT_MS, 'the end of the service')
  expect(pids.every(isAlive)).toBe(true)
  await open().client.connect({ start: true })
  try {
    await until(() => !pids.some(isAlive), LIMIT_MS, 'the end of the workers')
  } finally {
    for (const pid of pids.filter(isAlive)) process.kill(pid, 'SIGKILL')
  }
})
