// A connection to a job service without our client, for a window that sends or reads what ours never would.
import { createConnection } from 'node:net'
import { createMessageConnection } from 'vscode-jsonrpc/node'
import { HELLO_REQUEST, PROTOCOL_VERSION } from '../../src/core/protocol/protocol'
import { LineReader, TurnWriter } from '../../src/core/protocol/wire'
import { readRecord, statePaths } from '../../src/service/base/paths'

/** Connects to the service of a state folder, which must run; `hello` introduces the window. */
export function connectRaw(stateFolder: string) {
  const record = readRecord(statePaths(stateFolder))
  if (!record) throw new Error('There is no service.')
  const socket = createConnection(record.socket)
  socket.setEncoding('utf8')
  const connection = createMessageConnection(new LineReader(socket, 1e9), new TurnWriter(socket))
  connection.listen()
  const hello = (session: string, differences: object = {}) =>
    connection.sendRequest(HELLO_REQUEST, {
      token: record.token,
      protocol: PROTOCOL_VERSION,
      version: '1.0.0',
      session,
      workspace: '/ws',
      window: session,
      ...differences,
    })
  return { socket, connection, hello }
}
