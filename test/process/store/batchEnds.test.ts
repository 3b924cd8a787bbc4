// The end of a batch that an earlier job service has missed, through the API and a real job service.
import { DatabaseSync } from 'node:sqlite'
import { expect, it } from 'vitest'
import { statePaths } from '../../../src/service/base/paths'
import { isAlive, type TempState } from '../../support/tempState'
import { stateForEach } from '../../support/testService'
import { until } from '../../support/until'
import type { TestWindow, WindowOptions } from '../../support/window'

const ID = 'test.window/take'

let state: TempState
let open: (options?: WindowOptions) => TestWindow
stateForEach(given => ({ state, open } = given))

it('a batch whose jobs have all ended is complete for the next service, and its handler is called', async () => {
  const window = open()
  const batch = window.api.submitBatch([{ command: ['true'] }], { resultHandler: { id: ID } })
  await batch.completed
  const { pid } = await window.client.service.status(null)
  window.client.dispose()
  process.kill(pid, 'SIGTERM')
  await until(() => !isAlive(pid), 20_000, 'the end of the service')
  const db = new DatabaseSync(statePaths(state.folder).store)
  db.exec('UPDATE batches SET ended = NULL, round = 0; DELETE FROM deliveries')
  db.close()
  const later = open()
  const taken: unknown[] = []
  later.api.registerResultHandler(ID, result => void taken.push(result))
  await later.client.connect({ start: true })
  await until(() => taken.length > 0, 20_000, 'the result of the batch')
  expect(taken).toMatchObject([{ round: 1, counts: { succeeded: 1 } }])
})
