// The socket of the job service: accepts clients that prove to know the token, and binds each connection to a session.
import { chmodSync, rmSync } from 'node:fs'
import { createConnection, createServer, type Server, type Socket } from 'node:net'
import { type CancellationToken, ErrorCodes, type Message, ProgressType, ResponseError } from 'vscode-jsonrpc/node'
import { sentenceOf } from '../../core/base/sentence'
import { HELLO_REQUEST, type Hello, type Welcome } from '../../core/handshake/hello'
import { MAX_HANDSHAKE_BYTES, MAX_MESSAGE_BYTES, MAX_PENDING_BYTES } from '../../core/protocol/limits'
import { isLong, longRequests, type Work, type WorkReport } from '../../core/protocol/longRequests'
import { EVENTS_NOTIFICATION, type ServiceApi, type ServiceEvent, serviceMethods } from '../../core/protocol/protocol'
import { checkParams } from '../../core/protocol/requestSchemas'
import { connectionOf, LineReader, onceClosed, TurnWriter } from '../../core/protocol/wire'
import { isFolder, moveAside } from '../base/moveAside'
import type { JobService } from '../jobService'
import type { Session, Sink } from '../sessions/session'
import { type Greeter, refusalOf, welcomeOf } from './handshake'
import { answerInParts, type Requester } from './longRequest'
import { answerProofs } from './proving'
import { requestsOf } from './requests'
import type { Strangers } from './strangers'

export interface ServerOptions extends Greeter {
  token: string
  service: JobService
  strangers: Strangers
}

/** Listens on `path`, where the lock has made sure that no other service does: a file there is a remnant. */
export function listen(path: string, options: ServerOptions): Promise<Server> {
  if (process.platform !== 'win32') {
    if (isFolder(path)) moveAside(path)
    rmSync(path, { force: true })
  }
  const server = createServer(socket => serve(socket, options))
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    const before = process.umask(0o177) // it binds at once: nobody else may ever connect
    server.listen(path, () => resolve(server))
    process.umask(before)
    if (process.platform !== 'win32' && server.listening) chmodSync(path, 0o600)
  })
}

/** Whether a service listens there. */
export function isAnswered(path: string): Promise<boolean> {
  return new Promise(resolve => {
    const socket = createConnection(path)
    const end = (isThere: boolean) => () => {
      socket.destroy()
      resolve(isThere)
    }
    socket.once('connect', end(true))
    socket.once('error', end(false))
  })
}

function serve(socket: Socket, options: ServerOptions): void {
  socket.setEncoding('utf8')
  const stranger = options.strangers.admit(socket)
  const reader = new LineReader(stranger.stream, MAX_HANDSHAKE_BYTES)
  const { writes } = options.service.store
  // no crash undoes what a window was sent; on a full disk it waits in memory, and the window is sent it all the same
  const writer = new TurnWriter(socket, MAX_MESSAGE_BYTES, () => writes.commit())
  const connection = connectionOf(reader, writer)
  const sink = sinkOf(socket, writer)
  let isProved = false
  let session: Session | undefined
  let api: ServiceApi | undefined
  connection.onError(([error]) => options.log(`A connection failed: ${error.message}`))
  answerProofs(connection, {
    token: options.token,
    onProved: () => {
      isProved = true
      stranger.proved()
      reader.limit = MAX_MESSAGE_BYTES
    },
    onRefused: () => closeAfterAnswer(socket),
  })
  connection.onRequest(HELLO_REQUEST, (hello: Hello): Welcome => {
    if (session)
      throw new ResponseError(4, 'This connection has said hello already; open another one for another window.')
    const refusal = isProved ? refusalOf(hello, options) : unproved()
    if (refusal) {
      closeAfterAnswer(socket)
      throw refusal
    }
    stranger.welcomed()
    session = openSession(hello, sink, options)
    api = requestsOf(options.service, session, options.strangers)
    return welcomeOf(hello, options, options.service.updates.summary)
  })
  for (const method of serviceMethods) {
    const handle = async (params: unknown, cancellation: CancellationToken) => {
      if (!api) throw new ResponseError(1, 'Say hello first.')
      if (!session?.isAttached(sink)) throw new ResponseError(5, 'This window has a newer connection.')
      checkParams(method, params)
      const answer = api[method] as (params: unknown, work?: Work) => Promise<object>
      const { progress } = (params ?? {}) as { progress?: number }
      if (!isLong(method) || progress === undefined) return answer(params)
      const send = (report: WorkReport) => connection.sendProgress(reports, progress, report).then(() => room(socket))
      return answerInParts(longRequests[method], requesterOf(send, cancellation), work => answer(params, work))
    }
    connection.onRequest(method, (params: unknown, cancellation: CancellationToken) =>
      handle(params, cancellation).catch(refuse),
    )
  }
  onceClosed(connection, reader, () => {
    if (session?.detach(sink)) closeSession(session, options.service) // else it has a newer connection already
  })
  connection.listen()
}

function openSession(hello: Hello, sink: Sink, { service, log }: ServerOptions): Session {
  const session = service.sessions.open(hello.session)
  if (session.connected) forgetConnection(session, service) // its older connection is over
  session.workspace = hello.workspace
  session.window = hello.window
  session.attach(sink)
  log(`Window "${hello.window}" has connected (version ${hello.version}).`)
  return session
}

function closeSession(session: Session, service: JobService): void {
  forgetConnection(session, service)
  service.sessions.close(session)
}

/** Nothing is to be read or stored for a connection that has closed. */
function forgetConnection(session: Session, service: JobService): void {
  const { activations, deliveries, mayStart, offers, sessionWorkers, stdin, timelines, updates } = service
  updates.unwatchAll(session)
  timelines.close(session)
  offers.remove(session) // first: what it has not answered goes to another window
  activations.connectionClosed(session)
  deliveries.connectionClosed(session)
  stdin.connectionClosed(session)
  mayStart.emit()
  sessionWorkers.connectionClosed(session)
}

function closeAfterAnswer(socket: Socket): void {
  setImmediate(() => socket.end())
}

/** The library puts words of its own before the message of any other error. */
function refuse(error: unknown): never {
  throw error instanceof ResponseError ? error : new ResponseError(ErrorCodes.InternalError, sentenceOf(error))
}

function unproved(): ResponseError<void> {
  return new ResponseError(2, 'Before hello both sides prove that they know the token of the record.')
}

const reports = new ProgressType<WorkReport>()

function requesterOf(send: Requester['send'], cancellation: CancellationToken): Requester {
  const controller = new AbortController()
  if (cancellation.isCancellationRequested) controller.abort()
  cancellation.onCancellationRequested(() => controller.abort())
  return { send, signal: controller.signal }
}

/** Resolves when the window has read enough of what it was sent, or has disconnected. */
function room(socket: Socket): Promise<void> | undefined {
  if (socket.writableLength <= MAX_PENDING_BYTES || socket.destroyed) return undefined
  return new Promise(resolve => {
    const done = () => {
      socket.off('drain', done)
      socket.off('close', done)
      resolve()
    }
    socket.on('drain', done)
    socket.on('close', done)
  })
}

function sinkOf(socket: Socket, writer: TurnWriter): Sink {
  return {
    send: (events: readonly ServiceEvent[]) =>
      writer.writeIfFits({ jsonrpc: '2.0', method: EVENTS_NOTIFICATION, params: [events] } as Message),
    get pendingBytes() {
      return socket.writableLength
    },
    whenDrained: callback => void socket.once('drain', callback),
  }
}
