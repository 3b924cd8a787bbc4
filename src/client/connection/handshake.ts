// How a connection to the job service begins: a socket becomes a JSON-RPC connection, and after the proofs (`prove`) the
// window introduces itself.
import { createConnection, type Socket } from 'node:net'
import { HELLO_REQUEST, type Hello, type Welcome } from '../../core/handshake/hello'
import {
  highestCommon,
  nothingInCommon,
  ownProtocols,
  PROTOCOL_REFUSED,
  protocolsOfRefusal,
} from '../../core/handshake/versions'
import { HANDSHAKE_TIMEOUT_MS, MAX_MESSAGE_BYTES } from '../../core/protocol/limits'
import { EVENTS_NOTIFICATION, type ServiceEvent } from '../../core/protocol/protocol'
import { connectionOf, LineReader, onceClosed, TurnWriter } from '../../core/protocol/wire'
import type { ServiceRecord } from '../../service/base/paths'
import { prove } from './prove'
import { BrokenError, type OpenConnection, RefusedError, type ServiceConnection, send } from './serviceConnection'

export interface ConnectionListener {
  onEvents(connection: OpenConnection, events: readonly ServiceEvent[]): void
  log(message: string): void
}

/** The service and this window have no protocol in common; the message is what a user can do. */
export class IncompatibleError extends RefusedError {}

/**
 * A connection on which the service has accepted this window; `undefined` when nobody listens.
 * @throws RefusedError when the service does not accept this window, ImpostorError when it is not that of the record, LateError
 * when it does not answer
 */
export async function connectAs(
  record: ServiceRecord,
  hello: Hello,
  listener: ConnectionListener,
): Promise<ServiceConnection | undefined> {
  try {
    return await greet(record, hello, listener)
  } catch (error) {
    if (!(error instanceof RefusedError) || error.code !== PROTOCOL_REFUSED) throw error
    const service = protocolsOfRefusal(error.data, error.message)
    if (!service) throw new IncompatibleError(error.message)
    const common = highestCommon(service, ownProtocols)
    if (common === undefined) throw new IncompatibleError(nothingInCommon(service, ownProtocols))
    return greet(record, { ...hello, protocol: common }, listener) // it knows no ranges, only its own number
  }
}

async function greet(
  { socket: path, token }: ServiceRecord,
  hello: Hello,
  listener: ConnectionListener,
): Promise<ServiceConnection | undefined> {
  const socket = await connectTo(path)
  if (!socket) return undefined
  const connection = openConnection(socket, listener)
  try {
    await prove(connection, token)
    const welcome = (await send(connection, HELLO_REQUEST, hello, HANDSHAKE_TIMEOUT_MS)) as Welcome
    return Object.assign(connection, { welcome })
  } catch (error) {
    socket.destroy()
    throw error
  }
}

/** A connected socket, or `undefined` when nobody listens. */
function connectTo(path: string): Promise<Socket | undefined> {
  return new Promise(resolve => {
    const socket = createConnection(path)
    socket.once('error', () => resolve(undefined))
    socket.once('connect', () => {
      socket.on('error', () => undefined) // the `close` event that follows is handled
      resolve(socket)
    })
  })
}

function openConnection(socket: Socket, listener: ConnectionListener): OpenConnection {
  socket.setEncoding('utf8')
  const reader = new LineReader(socket, MAX_MESSAGE_BYTES)
  const rpc = connectionOf(reader, new TurnWriter(socket, MAX_MESSAGE_BYTES))
  const closed = new Promise<void>(resolve => onceClosed(rpc, reader, resolve))
  const connection: OpenConnection = { rpc, socket, pending: new Set(), closed }
  rpc.onNotification(EVENTS_NOTIFICATION, (events: readonly ServiceEvent[]) => {
    if (connection.isProved) listener.onEvents(connection, events)
  })
  rpc.onError(([error]) => listener.log(`The connection to the job service failed: ${error.message}`))
  rpc.listen()
  void closed.then(() => {
    for (const fail of connection.pending) fail(new BrokenError())
  })
  return connection
}
