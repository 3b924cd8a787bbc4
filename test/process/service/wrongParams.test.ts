// A client that sends wrong parameters: each request is refused with a sentence, and nothing else happens.
import { expect, it } from 'vitest'
import { ErrorCodes, ResponseError } from 'vscode-jsonrpc/node'
import { serviceMethods } from '../../../src/core/protocol/protocol'
import { paramsProblem } from '../../../src/core/protocol/requestSchemas'
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
