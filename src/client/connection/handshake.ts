// How a connection to the job service begins: a socket becomes a JSON-RPC connection, and after the proofs (`prove`) the
// window introduces itself.
import { createConnection, type Socket } from 'node:net'
import { createMessageConnection } from 'vscode-jsonrpc/node'
import { HANDSHAKE_TIMEOUT_MS, MAX_MESSAGE_BYTES } from '../../core/protocol/limits'
import {
  EVENTS_NOTIFICATION,
  HELLO_REQUEST,
  type Hello,
  type ServiceEvent,
  type Welcome,
} from '../../core/protocol/protocol'
import { LineReader, TurnWriter } from '../../core/protocol/wire'
import { type OpenConnection, type ServiceConnection, send } from './serviceConnection'

export interface ConnectionListener {
  onEvents(connection: OpenConnection, events: readonly ServiceEvent[]): void
  log(message: string): void
}

/** A connected socket, or `undefined` when nobody listens. */
export function connectTo(path: string): Promise<Socket | undefined> {
  return new Promise(resolve => {
    const socket = createConnection(path)
    socket.once('error', () => resolve(undefined))
    socket.once('connect', () => {
      socket.on('error', () => undefined) // the `close` event that follows is handled
      resolve(socket)
    })
  })
}

export function openConnection(socket: Socket, listener: ConnectionListener): OpenConnection {
  socket.setEncoding('utf8')
  const rpc = createMessageConnection(
    new LineReader(socket, MAX_MESSAGE_BYTES),
    new TurnWriter(socket, MAX_MESSAGE_BYTES),
  )
  const connection: OpenConnection = { rpc, socket, pending: new Set() }
  rpc.onNotification(EVENTS_NOTIFICATION, (events: readonly ServiceEvent[]) => {
    if (connection.isProved) listener.onEvents(connection, events)
  })
  rpc.onError(([error]) => listener.log(`The connection to the job service failed: ${error.message}`))
  rpc.listen()
  socket.once('close', () => {
    for (const fail of connection.pending) fail(new Error('The connection to the job service broke.'))
  })
  return connection
}

/** @throws RefusedError when the service does not accept this window, LateError when it does not answer */
export async function handshake(connection: OpenConnection, hello: Hello): Promise<ServiceConnection> {
  const welcome = (await send(connection, HELLO_REQUEST, hello, HANDSHAKE_TIMEOUT_MS)) as Welcome
  return Object.assign(connection, { welcome })
}
