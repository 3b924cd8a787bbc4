// For developers: a debugger finds the service and its first runner.
import { createServer } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { makeTempState, type TempState } from '../../support/tempState'
import { until } from '../../support/until'
import { openWindow } from '../../support/window'

let state: TempState | undefined

afterEach(async () => {
  delete process.env.HEADLESS_JOBS_INSPECT
  await state?.remove()
})

/** A port after which another one is free, for now. */
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise(resolve => server.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}

async function scriptAt(port: number): Promise<string> {
  const [target] = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as { title: string }[]
  return target?.title ?? ''
}

it('finds them at the port that the window names, and at the one after it', async () => {
  const port = await freePort()
  process.env.HEADLESS_JOBS_INSPECT = String(port)
  state = makeTempState()
  const { api, client } = openWindow(state.folder)
  expect((await api.submit({ command: ['true'] }).result).state).toBe('succeeded')
  expect(await until(() => scriptAt(port), 20_000, 'the service')).toMatch(/dist.service\.cjs/) // not a copy, which has no source map
  expect(await until(() => scriptAt(port + 1), 20_000, 'the runner')).toMatch(/dist.service\.cjs/) // not a copy, which has no source map
  client.dispose()
})
