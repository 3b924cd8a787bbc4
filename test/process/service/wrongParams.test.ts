// A client that sends wrong parameters: each request is refused with a sentence, and nothing else happens.
import { createConnection } from 'node:net'
import { expect, it } from 'vitest'
import { createMessageConnection, ErrorCodes, ResponseError } from 'vscode-jsonrpc/node'
import { HELLO_REQUEST, PROTOCOL_VERSION, serviceMethods } from '../../../src/core/protocol/protocol'
import { paramsProblem } from '../../../src/core/protocol/requestSchemas'
import { LineReader, TurnWriter } from '../../../src/core/protocol/wire'
import { readRecord, statePaths } from '../../../src/service/base/paths'
import { wrongParams } from '../../support/requestParams'
import type { TempState } from '../../support/tempState'
import { serviceForEach } from '../../support/testService'
import type { TestWindow } from '../../support/window'

let state: TempState
let window: TestWindow

serviceForEach(given => ({ state, window } = given), {})

it('is refused request by request, while its connection and the service go on', async () => {
  const record = readRecord(statePaths(state.folder))
  if (!record) throw new Error('There is no service.')
  const socket = createConnection(record.socket)
  socket.setEncoding('utf8')
  const connection = createMessageConnection(new LineReader(socket, 1e9), new TurnWriter(socket))
  connection.listen()
  const hello = { token: record.token, protocol: PROTOCOL_VERSION, version: '1.0.0', workspace: '/ws' }
  await connection.sendRequest(HELLO_REQUEST, { ...hello, session: 'wrong', window: 'wrong' })
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
