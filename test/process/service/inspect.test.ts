// For developers: a debugger finds the service and its first runner.
import { afterEach, expect, it } from 'vitest'
import { freePort, targetAt } from '../../support/inspector'
import { makeTempState, type TempState } from '../../support/tempState'
import { until } from '../../support/until'
import { openWindow } from '../../support/window'

let state: TempState | undefined

afterEach(async () => {
  delete process.env.HEADLESS_JOBS_INSPECT
  await state?.remove()
})

const scriptAt = async (port: number) => (await targetAt(port))?.title

it('finds them at the port that the window names, and at the one after it', async () => {
  const port = await freePort()
  process.env.HEADLESS_JOBS_INSPECT = String(port)
  state = makeTempState()
  const { api, client } = openWindow(state.folder)
  expect((await api.submit({ command: ['true'] }).result).state).toBe('succeeded')
  expect(await until(() => scriptAt(port), 20_000, 'the service')).toMatch(/dist.service\.cjs/) // not a copy, which has no source map
  expect(await until(() => scriptAt(port + 1), 20_000, 'the runner')).toMatch(/dist.runner\.cjs/) // not a copy, which has no source map
  client.dispose()
})
