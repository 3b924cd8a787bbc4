// A job service for the tests of a file, for all or for each, and what ends it. A file keeps what it is given in its own
// variables: `serviceForAll(given => ({ state, window } = given), settings)`.
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import type { MachineSettings } from '../../src/core/protocol/settingsTable'
import { makeTempState, type TempState } from './tempState'
import { until } from './until'
import { openWindow, type TestWindow, type WindowOptions } from './window'

/** A result is reported before its slot is free. */
const FREE_LIMIT_MS = 30_000

export interface Served {
  state: TempState
  window: TestWindow
}

/** One service; each test begins with these settings, and when the slots that an earlier one took are free again. */
export function serviceForAll(
  keep: (given: Served) => unknown,
  settings: Partial<MachineSettings>,
  options?: WindowOptions,
): void {
  let served: Served
  beforeAll(() => {
    served = serve(options)
    keep(served)
  })
  beforeEach(async () => {
    const { client, configure } = served.window
    await configure(settings)
    // the summary that is there may be of before the last test; any of the service's signals brings a new one
    let isFree = false
    const listener = client.onDidChangeSummary(({ slotsTaken }) => {
      isFree = slotsTaken === 0
    })
    await client.service.pause({ paused: false })
    await until(() => isFree, FREE_LIMIT_MS, 'slots that are free')
    listener.dispose()
  })
  afterAll(() => end(served.state, [served.window]))
}

/** A service and a state folder of its own for each test. */
export function serviceForEach(
  keep: (given: Served) => unknown,
  settings: Partial<MachineSettings>,
  options?: WindowOptions,
): void {
  let served: Served
  beforeEach(async () => {
    served = serve(options)
    keep(served)
    await served.window.configure(settings)
  })
  afterEach(() => end(served.state, [served.window]))
}

/** A state folder for each test, which opens windows as it needs them. */
export function stateForEach(
  keep: (given: { state: TempState; open: (options?: WindowOptions) => TestWindow }) => unknown,
): void {
  let state: TempState
  let windows: TestWindow[]
  beforeEach(() => {
    state = makeTempState()
    windows = []
    const open = (options?: WindowOptions) => {
      const window = openWindow(state.folder, options)
      windows.push(window)
      return window
    }
    keep({ state, open })
  })
  afterEach(() => end(state, windows))
}

function serve(options?: WindowOptions): Served {
  const state = makeTempState()
  return { state, window: openWindow(state.folder, options) }
}

async function end(state: TempState, windows: readonly TestWindow[]): Promise<void> {
  for (const { client } of windows) client.dispose()
  await state.remove()
}
