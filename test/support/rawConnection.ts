// A connection to a job service without our client, for a window that sends or reads what ours never would.
import { createConnection } from 'node:net'
import { createMessageConnection } from 'vscode-jsonrpc/node'
import { HELLO_REQUEST, PROTOCOL_VERSION } from '../../src/core/handshake/hello'
import { CHALLENGE_REQUEST, type ChallengeReply, PROVE_REQUEST } from '../../src/core/handshake/proving'
import { LineReader, TurnWriter } from '../../src/core/protocol/wire'
import { readRecord, statePaths } from '../../src/service/base/paths'
import { makeNonce, proofOf } from '../../src/service/base/proof'

/** Connects to the service of a state folder, which must run; `hello` introduces the window. */
export function connectRaw(stateFolder: string) {
  const record = readRecord(statePaths(stateFolder))
  if (!record) throw new Error('There is no service.')
  const socket = createConnection(record.socket)
  socket.setEncoding('utf8')
  const connection = createMessageConnection(new LineReader(socket, 1e9), new TurnWriter(socket))
  connection.listen()
  /** With another token it is refused. */
  const prove = async (token = record.token) => {
    const window = makeNonce()
    const { nonce } = await connection.sendRequest<ChallengeReply>(CHALLENGE_REQUEST, { nonce: window })
    await connection.sendRequest(PROVE_REQUEST, { proof: proofOf(token, 'window', { window, service: nonce }) })
  }
  const helloOf = (session: string, differences: object = {}) => ({
    protocol: PROTOCOL_VERSION,
    version: '1.0.0',
    session,
    workspace: '/ws',
    window: session,
    ...differences,
  })
  let proving: Promise<void> | undefined
  const hello = async (session: string, differences?: object) => {
    proving ??= prove()
    await proving
    return connection.sendRequest(HELLO_REQUEST, helloOf(session, differences))
  }
  return { socket, connection, prove, helloOf, hello }
}
