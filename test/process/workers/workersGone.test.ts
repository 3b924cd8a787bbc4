// Requests to a worker that is just ending: whichever reaches the window first, the error is that of the end.
import { expect, it } from 'vitest'
import type { WorkerError } from '../../../src/api'
import { serviceForAll } from '../../support/testService'
import type { TestWindow } from '../../support/window'

let window: TestWindow

serviceForAll(given => ({ window } = given), { concurrency: 2 })

it('a request that crosses the end of its worker is rejected with how that ended', async () => {
  const kinds: string[] = []
  for (let i = 0; i < 200; i++) {
    const worker = window.api.startWorker({ command: ['no-such-worker'] })
    // one after the other, so that some come in the very turn in which the service sees the end
    const requests = Array.from({ length: 4 }, async (_, n) => {
      for (let turn = 0; turn < n; turn++) await new Promise(resolve => setImmediate(resolve))
      return worker.request(1).then(
        () => 'answered',
        (error: WorkerError) => error.kind,
      )
    })
    kinds.push(...(await Promise.all(requests)))
  }
  expect(new Set(kinds)).toEqual(new Set(['start']))
})
