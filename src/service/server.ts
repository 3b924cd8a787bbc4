// The socket of the job service: lets in who knows the token, and binds each connection to a session. Runs in the job
// service.
import { timingSafeEqual } from 'node:crypto'
import { rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { createMessageConnection, type MessageConnection, ResponseError } from 'vscode-jsonrpc/node'
import {
  EVENTS_NOTIFICATION,
  HANDSHAKE_TIMEOUT_MS,
  HELLO_REQUEST,
  type Hello,
  MAX_HANDSHAKE_BYTES,
  MAX_MESSAGE_BYTES,
  PROTOCOL_VERSION,
  type ServiceApi,
  type ServiceEvent,
  serviceMethods,
  type Welcome,
} from '../core/protocol'
import { LineReader, TurnWriter } from '../core/wire'
import type { JobService } from './jobService'
import { requestsOf } from './requests'
import type { Session, Sink } from './session'

export interface ServerOptions {
  service: JobService
  token: string
  version: string
  boot: string
  spoolFolder: string
  log(message: string): void
}

/** Listens on `path`, where the lock has made sure that no other service does: what lies there is left over. */
export function listen(path: string, options: ServerOptions): Promise<Server> {
  if (process.platform !== 'win32') rmSync(path, { force: true })
  const server = createServer(socket => serve(socket, options))
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, () => resolve(server))
  })
}

function serve(socket: Socket, options: ServerOptions): void {
  socket.setEncoding('utf8')
  const reader = new LineReader(socket, MAX_HANDSHAKE_BYTES)
  const connection = createMessageConnection(reader, new TurnWriter(socket))
  const tooSlow = setTimeout(() => socket.destroy(), HANDSHAKE_TIMEOUT_MS)
  let session: Session | undefined
  let api: ServiceApi | undefined
  let sink: Sink | undefined
  connection.onError(([error]) => options.log(`A connection failed: ${error.message}`))
  connection.onRequest(HELLO_REQUEST, (hello: Hello): Welcome => {
    try {
      refuseStranger(hello, options.token)
    } catch (error) {
      setImmediate(() => socket.end()) // after the answer
      throw error
    }
    clearTimeout(tooSlow)
    reader.limit = MAX_MESSAGE_BYTES
    session = options.service.sessions.open(hello.session)
    session.workspace = hello.workspace
    session.window = hello.window
    sink = sinkOf(socket, connection)
    session.attach(sink)
    api = requestsOf(options.service, session)
    options.log(`Window "${hello.window}" has connected (version ${hello.version}).`)
    return {
      protocol: PROTOCOL_VERSION,
      version: options.version,
      boot: options.boot,
      pid: process.pid,
      spoolFolder: options.spoolFolder,
      now: Date.now(),
      summary: options.service.summary(),
    }
  })
  for (const method of serviceMethods) {
    connection.onRequest(method, (params: unknown) => {
      if (!api) throw new ResponseError(1, 'Say hello first.')
      return (api[method] as (params: unknown) => Promise<unknown>)(params)
    })
  }
  socket.on('close', () => {
    clearTimeout(tooSlow)
    if (!session || !sink || !session.detach(sink)) return // it has a newer connection already
    options.service.unwatch(session)
    options.service.sessions.close(session)
  })
  connection.listen()
}

function refuseStranger(hello: Hello, token: string): void {
  const given = Buffer.from(String(hello?.token))
  const right = Buffer.from(token)
  if (given.length !== right.length || !timingSafeEqual(given, right)) {
    throw new ResponseError(
      2,
      'The token is wrong: this client cannot read the files of the user whose job service this is.',
    )
  }
  if (hello.protocol !== PROTOCOL_VERSION) {
    throw new ResponseError(3, `The job service speaks protocol ${PROTOCOL_VERSION}, this window ${hello.protocol}.`)
  }
}

function sinkOf(socket: Socket, connection: MessageConnection): Sink {
  return {
    send: (events: readonly ServiceEvent[]) => void connection.sendNotification(EVENTS_NOTIFICATION, events),
    get pendingBytes() {
      return socket.writableLength
    },
    whenDrained: callback => void socket.once('drain', callback),
  }
}
