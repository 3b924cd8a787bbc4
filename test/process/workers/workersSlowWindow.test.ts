// A window that takes nothing for a while (it stands at a breakpoint, say) while its workers go on talking.
import { expect, it } from 'vitest'
import { uuidv7 } from '../../../src/core/base/uuid'
import { MAX_PENDING_BYTES } from '../../../src/core/protocol/limits'
import { EVENTS_NOTIFICATION, type ServiceEvent } from '../../../src/core/protocol/protocol'
import { connectRaw } from '../../support/rawConnection'
import type { TempState } from '../../support/tempState'
import { serviceForEach } from '../../support/testService'
import { until } from '../../support/until'
import type { TestWindow } from '../../support/window'

let state: TempState
let window: TestWindow

serviceForEach(given => ({ state, window } = given), {})

const WORKERS = 10
/** Each prints about 2.4 MB, no faster than a runner forwards it: together much more than a window may have waiting. */
const CHATTER = 'i=0; while [ $i -lt 40 ]; do head -c 60000 /dev/zero | tr "\\0" x >&2; sleep 0.12; i=$((i + 1)); done'

it('is notified of how much of their log was left out, and gets no more than it may have waiting', async () => {
  const { socket, connection, hello } = connectRaw(state.folder)
  const logs: string[] = []
  const exits = new Set<string>()
  connection.onNotification(EVENTS_NOTIFICATION, (events: readonly ServiceEvent[]) => {
    for (const event of events) {
      if (event.type === 'workerLog') logs.push(event.text)
      if (event.type === 'workerExit') exits.add(event.worker)
    }
  })
  await hello('slow')
  const environment = { hash: 'e', vars: { PATH: process.env.PATH ?? '' }, secretNames: [] }
  await connection.sendRequest('useEnvironment', environment)
  for (let i = 0; i < WORKERS; i++) {
    const id = uuidv7()
    const spec = { id, name: `worker ${i}`, command: ['sh', '-c', CHATTER], cwd: state.folder, protocol: 'lines' }
    await connection.sendRequest('startWorker', { id, owner: 'o', environment: 'e', spec })
  }
  await until(() => window.client.summary?.workers?.length === WORKERS, 20_000, 'the workers')
  socket.pause()
  await until(() => window.client.summary?.workers === undefined, 50_000, 'the end of the workers')
  socket.resume()
  await until(() => exits.size === WORKERS, 20_000, 'their ends')
  const bytes = logs.reduce((sum, text) => sum + text.length, 0)
  expect(bytes).toBeLessThan(1.5 * MAX_PENDING_BYTES)
  const leftOut = logs.flatMap(
    text => /^\[([\d,]+) bytes left out: the window did not take them\]/.exec(text)?.[1] ?? [],
  )
  expect(leftOut.length).toBeGreaterThan(0)
  socket.destroy()
})
