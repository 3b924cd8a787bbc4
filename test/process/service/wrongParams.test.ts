// A client that sends wrong parameters: each request is refused with a sentence, and nothing else happens.
import { expect, it } from 'vitest'
import { ErrorCodes, ResponseError } from 'vscode-jsonrpc/node'
import { uuidv7 } from '../../../src/core/base/uuid'
import { serviceMethods } from '../../../src/core/protocol/protocol'
import { paramsProblem } from '../../../src/core/protocol/requestSchemas'
import { defaultSettings } from '../../../src/core/protocol/settingsTable'
import { connectRaw } from '../../support/rawConnection'
import { wrongParams } from '../../support/requestParams'
import type { TempState } from '../../support/tempState'
import { serviceForEach } from '../../support/testService'
import type { TestWindow } from '../../support/window'

let state: TempState
let window: TestWindow

serviceForEach(given => ({ state, window } = given), {})

it('is refused request by request, while its connection and the service go on', async () => {
  const { socket, connection, hello } = connectRaw(state.folder)
  await hello('wrong')
  const before = await window.client.service.status(null)
  for (const method of serviceMethods) {
    for (const params of wrongParams[method]) {
      const refused: unknown = await connection.sendRequest(method, params).catch((error: unknown) => error)
      expect(refused).toBeInstanceOf(ResponseError)
      expect(refused).toMatchObject({ code: ErrorCodes.InvalidParams, message: paramsProblem(method, params) })
    }
  }
  expect(await connection.sendRequest('sync', { ids: [] })).toEqual({ jobs: [] })
  expect(await connection.sendRequest('list', { filter: { all: true } })).toEqual({ jobs: [] })
  const { settings, draining, windows } = await window.client.service.status(null)
  expect({ settings, draining }).toEqual({ settings: before.settings, draining: false })
  expect(windows).toContain('wrong')
  expect((await window.api.submit({ command: ['true'] }).result).state).toBe('succeeded')
  socket.destroy()
})

it('is refused when its hello has something else where text belongs', async () => {
  for (const name of ['version', 'session', 'workspace', 'window']) {
    const { socket, hello } = connectRaw(state.folder)
    const message = `The job service refuses the hello: ${name} must be a string.`
    await expect(hello('wrong', { [name]: { text: 'wrong' } })).rejects.toMatchObject({ code: -32602, message })
    socket.destroy()
  }
  expect((await window.client.service.status(null)).windows).toEqual(['test'])
})

it('is refused when it starts a worker to which nothing could be said', async () => {
  const { socket, connection, hello } = connectRaw(state.folder)
  await hello('wrong')
  await connection.sendRequest('useEnvironment', { hash: 'e', vars: {}, secretNames: [] })
  const id = uuidv7()
  const spec = { id, name: 'w', command: ['true'], cwd: '/' }
  const started = connection.sendRequest('startWorker', { id, owner: 'o', environment: 'e', spec })
  await expect(started).rejects.toThrow('A worker needs a protocol')
  socket.destroy()
})

it('is refused when a request would have to ask for its input', async () => {
  const { socket, connection, hello } = connectRaw(state.folder)
  await hello('wrong')
  const asked = connection.sendRequest('request', { worker: 'w', request: { id: 'r', input: { ask: true } } })
  await expect(asked).rejects.toThrow('A request must come with its input.')
  socket.destroy()
})

it('has settings that are out of their ranges: the nearest ones are used', async () => {
  const { socket, connection, hello } = connectRaw(state.folder)
  await hello('wrong')
  const settings = { ...defaultSettings, concurrency: 0.5, niceness: -3, historyDays: 1e9 }
  await connection.sendRequest('configure', { source: 'wrong', settings, chosen: true })
  const used = (await window.client.service.status(null)).settings
  expect(used).toMatchObject({ concurrency: 0, niceness: 0, historyDays: 36_500 })
  expect((await window.api.submit({ command: ['true'] }).result).state).toBe('succeeded')
  socket.destroy()
})
