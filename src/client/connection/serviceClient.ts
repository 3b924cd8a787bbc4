// The window's end of the wire: finds the job service or starts it, connects again when the connection breaks, and asks
// on behalf of everybody in this window. Knows nothing of VS Code.
import { createHash, randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'
import { createMessageConnection } from 'vscode-jsonrpc/node'
import type { Work } from '../../core/protocol/longRequests'
import {
  type Environment,
  EVENTS_NOTIFICATION,
  HANDSHAKE_TIMEOUT_MS,
  HELLO_REQUEST,
  MAX_MESSAGE_BYTES,
  PROTOCOL_VERSION,
  REQUEST_TIMEOUT_MS,
  SERVICE_TIMEOUT_MS,
  type ServiceApi,
  type ServiceEvent,
  type ServiceMethod,
  type Summary,
  serviceMethods,
  type Welcome,
} from '../../core/protocol/protocol'
import { LineReader, TurnWriter } from '../../core/protocol/wire'
import { readRecord, type ServiceRecord, statePaths, UnusableFolderError } from '../../service/base/paths'
import type { ValueFolders } from '../values/values'
import { Emitter } from './emitter'
import { Heartbeat } from './heartbeat'
import { inPieces } from './longRequests'
import { connectTo, LateError, type Live, RefusedError, send, UnreachableError } from './serviceConnection'
import {
  AFTER_BYE_MS,
  Deaths,
  ENDED_UNEXPECTEDLY,
  endedWithJobs,
  type Found,
  LOOK_MS,
  leavesJobs,
  silentSentence,
} from './serviceLoss'
import { startService } from './startService'
import { isNewer } from './version'
import { saidBeforeItEnded, whyNotStarted } from './whyNotStarted'

/** Pauses between two looks for a service that is starting or coming back, milliseconds; the last one repeats. */
const BACK_OFF_MS = [20, 30, 50, 100, 200, 500, 1000, 2000]
/** A service that was started and is not there after this long is started once more. */
const START_AGAIN_MS = 5000

/** `silent`: it is there and does not answer. */
export type ServiceState = 'none' | 'connecting' | 'connected' | 'silent' | 'failed'

export interface ClientOptions {
  stateFolder: string
  /** `dist/service.cjs`. */
  bundle: string
  version: string
  /** Which workspace this window shows: its folders, as one string. */
  workspace: string
  /** What the window is called in messages. */
  window: string
  log(message: string): void
}

/** Methods that are answered when somebody else is done; what may take how long is up to him. */
const unlimited: ReadonlySet<string> = new Set<ServiceMethod>(['request'])

export class ServiceClient {
  readonly #options: ClientOptions
  readonly #session = randomUUID()
  #live: Live | undefined
  #connecting: Promise<Live | undefined> | undefined
  #looking: Promise<Live | undefined> | undefined
  #environment: Environment
  #state: ServiceState = 'none'
  #message: string | undefined
  #summary: Summary | undefined
  #clockOffsetMs = 0
  #found: Found = 'nothing'
  readonly #deaths = new Deaths()
  #lookout: NodeJS.Timeout | undefined
  #disposed = false
  /** Whether somebody waits for results, so that a service that has gone must be started again. */
  isNeeded: () => boolean = () => false

  readonly #stateEmitter: Emitter<ServiceState>
  readonly #eventsEmitter: Emitter<readonly ServiceEvent[]>
  readonly #summaryEmitter: Emitter<Summary>
  readonly #connectEmitter: Emitter<Welcome>

  /** Where the values of workers go that are too large for a message. */
  readonly folders: ValueFolders

  /** Asks the service; each call connects first, and starts the service when none is there. */
  readonly service: ServiceApi

  constructor(options: ClientOptions) {
    this.#options = options
    this.folders = statePaths(options.stateFolder)
    const onError = (error: unknown) => options.log(`A listener failed: ${String(error)}`)
    this.#stateEmitter = new Emitter(onError)
    this.#eventsEmitter = new Emitter(onError)
    this.#summaryEmitter = new Emitter(onError)
    this.#connectEmitter = new Emitter(onError)
    this.#environment = environmentOf({}, [])
    const method = (name: ServiceMethod) => [name, (p: unknown, work?: Work) => this.#request(name, p, work)]
    this.service = inPieces(Object.fromEntries(serviceMethods.map(method)) as unknown as ServiceApi)
  }

  get state(): ServiceState {
    return this.#state
  }

  /** Whether there is a connection, on which the service may be silent for now. */
  get isConnected(): boolean {
    return this.#live !== undefined
  }

  /** One sentence while something is wrong with the service. */
  get message(): string | undefined {
    return this.#message
  }

  get onDidChangeState() {
    return this.#stateEmitter.event
  }

  get onEvents() {
    return this.#eventsEmitter.event
  }

  /** After each connection, before any event of it: jobs are to be asked after. */
  get onDidConnect() {
    return this.#connectEmitter.event
  }

  get summary(): Summary | undefined {
    return this.#summary
  }

  get onDidChangeSummary() {
    return this.#summaryEmitter.event
  }

  /** The service's clock less ours. */
  get clockOffsetMs(): number {
    return this.#clockOffsetMs
  }

  /** Where payloads that are too large for a message go; known once connected. */
  get spoolFolder(): string {
    return this.folders.spool
  }

  get environmentHash(): string {
    return this.#environment.hash
  }

  /** The environment that jobs submitted from now on have. */
  setEnvironment(vars: Readonly<Record<string, string>>, secretNames: readonly string[]): void {
    const environment = environmentOf(vars, secretNames)
    if (environment.hash === this.#environment.hash) return
    this.#environment = environment
    if (this.#live) this.#sendEnvironment(this.#live).catch((error: Error) => this.#options.log(error.message))
  }

  /** Resolves with whether it is connected; without `start` it only looks whether a service is there, or was until it died. */
  async connect({ start }: { start: boolean }): Promise<boolean> {
    if (start) return (await this.#ensure(true)) !== undefined
    try {
      const live = await this.#ensure(false)
      // one that died without a word may have left jobs
      return (live ?? (this.#isToBeReplaced ? await this.#ensure(true) : undefined)) !== undefined
    } finally {
      this.#afterLook()
    }
  }

  get isDisposed(): boolean {
    return this.#disposed
  }

  dispose(): void {
    this.#disposed = true
    clearTimeout(this.#lookout)
    this.#live?.connection.dispose()
    this.#live?.socket.destroy()
    this.#live = undefined
    this.#setState('none') // who waits for something of the service waits no more
  }

  async #request(method: ServiceMethod, params: unknown, work?: Work): Promise<unknown> {
    const live = await this.#ensure(true)
    if (!live) throw new UnreachableError(this.#message ?? 'The job service cannot be reached.')
    const limitMs = unlimited.has(method) ? Number.POSITIVE_INFINITY : REQUEST_TIMEOUT_MS
    return send(live, method, params, limitMs, work)
  }

  #ensure(start: boolean): Promise<Live | undefined> {
    if (this.#live) return Promise.resolve(this.#live)
    if (this.#disposed) return Promise.resolve(undefined)
    if (!start) return this.#connecting ?? this.#look()
    this.#connecting ??= this.#startAndConnect().finally(() => {
      this.#connecting = undefined
    })
    return this.#connecting
  }

  async #startAndConnect(): Promise<Live | undefined> {
    if (this.#state !== 'silent') this.#setState('connecting', this.#state === 'connecting' ? this.#message : undefined)
    const paths = statePaths(this.#options.stateFolder)
    const begin = Date.now()
    let startedAt = Number.NEGATIVE_INFINITY
    let why = ''
    for (let attempt = 0; Date.now() - begin < SERVICE_TIMEOUT_MS && !this.#disposed; attempt++) {
      try {
        const live = await this.#look()
        if (live) return live
        const said = startedAt > 0 ? saidBeforeItEnded(paths) : undefined
        if (said !== undefined) {
          why = said
          break
        }
        if (this.#found === 'silence') this.#setSilent(readRecord(paths))
        else if (this.#found === 'remains' && startedAt < 0) await this.#mourn()
        if (this.#found !== 'silence' && !this.#disposed && Date.now() - startedAt > START_AGAIN_MS) {
          const isSecondTry = startedAt > 0
          startedAt = Date.now()
          startService({ ...this.#options, plain: isSecondTry })
        }
      } catch (error) {
        why = (error as Error).message
        if (error instanceof UnusableFolderError) break
      }
      await pause(BACK_OFF_MS[attempt] ?? (BACK_OFF_MS.at(-1) as number))
    }
    if (this.#state !== 'silent') this.#setState('failed', why || whyNotStarted(paths))
    this.#lookLater()
    return undefined
  }

  /** One has died without a word, and there is none yet in its place. */
  async #mourn(): Promise<void> {
    this.#setState('connecting', ENDED_UNEXPECTEDLY)
    await pause(this.#deaths.count())
  }

  #setSilent(service: { pid: number } | undefined): void {
    this.#setState('silent', silentSentence(service?.pid))
  }

  /** Looks once at a time: a second connection of the same session would take the events of the first. */
  #look(): Promise<Live | undefined> {
    if (this.#live) return Promise.resolve(this.#live)
    this.#looking ??= this.#lookOnce().finally(() => {
      this.#looking = undefined
    })
    return this.#looking
  }

  /** Connects if a service is there; `undefined` when none is. Throws when one is there that refuses us. */
  async #lookOnce(): Promise<Live | undefined> {
    const record = readRecord(statePaths(this.#options.stateFolder))
    this.#found = record ? 'remains' : 'nothing'
    const socket = record && (await connectTo(record.socket))
    return socket && this.#greet(socket, record)
  }

  async #greet(socket: Socket, record: ServiceRecord): Promise<Live | undefined> {
    socket.setEncoding('utf8')
    const connection = createMessageConnection(
      new LineReader(socket, MAX_MESSAGE_BYTES),
      new TurnWriter(socket, MAX_MESSAGE_BYTES),
    )
    connection.onNotification(EVENTS_NOTIFICATION, (events: readonly ServiceEvent[]) => this.#receive(events))
    connection.onError(([error]) => this.#options.log(`The connection to the job service failed: ${error.message}`))
    connection.listen()
    const { version, workspace, window } = this.#options
    const hello = {
      token: record.token,
      protocol: PROTOCOL_VERSION,
      version,
      session: this.#session,
      workspace,
      window,
    }
    const waiting: Live['waiting'] = new Set()
    socket.once('close', () => {
      for (const fail of waiting) fail(new Error('The connection to the job service broke.'))
    })
    const live: Live = { connection, socket, waiting, welcome: undefined as unknown as Welcome }
    try {
      live.welcome = (await send(live, HELLO_REQUEST, hello, HANDSHAKE_TIMEOUT_MS)) as Welcome
      this.#found = 'service'
      return await this.#connected(live)
    } catch (error) {
      socket.destroy()
      if (error instanceof LateError) this.#found = 'silence'
      if (!(error instanceof RefusedError)) return undefined
      this.#found = 'service'
      throw error
    }
  }

  async #connected(live: Live): Promise<Live> {
    const { socket, welcome } = live
    let sent: string
    do {
      sent = this.#environment.hash
      await this.#sendEnvironment(live)
    } while (sent !== this.#environment.hash) // it has changed meanwhile
    if (this.#disposed) {
      socket.destroy()
      return live
    }
    this.#live = live
    clearTimeout(this.#lookout)
    const heartbeat = new Heartbeat(
      () => void live.connection.sendRequest('sync' satisfies ServiceMethod, { ids: [] }).catch(() => undefined),
      silent => (silent ? this.#setSilent(welcome) : this.#setState('connected')),
    )
    socket.on('data', () => heartbeat.heard())
    socket.once('close', () => {
      heartbeat.stop()
      this.#closed(live)
    })
    this.#clockOffsetMs = welcome.now - Date.now()
    this.#summary = welcome.summary
    this.#setState('connected')
    if (isNewer(this.#options.version, welcome.version)) void this.service.drain(null).catch(() => undefined)
    this.#connectEmitter.fire(welcome)
    this.#summaryEmitter.fire(welcome.summary)
    return live
  }

  #sendEnvironment(live: Live): Promise<unknown> {
    return send(live, 'useEnvironment' satisfies ServiceMethod, this.#environment, REQUEST_TIMEOUT_MS)
  }

  #closed(live: Live): void {
    live.connection.dispose()
    if (this.#live !== live || this.#disposed) return
    this.#live = undefined
    this.#options.log('The connection to the job service has closed.')
    const left = this.isNeeded() || leavesJobs(this.#summary)
    if (live.bye === undefined) {
      this.#setState('connecting') // it may have broken alone; the first look tells
      void this.#ensure(true)
    } else if (left) {
      this.#setState('connecting', endedWithJobs(live.bye))
      const isFirst = this.isNeeded() || isNewer(this.#options.version, live.welcome.version)
      setTimeout(() => void this.#ensure(true), isFirst ? 0 : AFTER_BYE_MS)
    } else {
      this.#setState('none')
      this.#lookLater()
    }
  }

  get #isToBeReplaced(): boolean {
    return this.#found === 'remains' && this.#state !== 'failed'
  }

  /** While there is no service: what others have started is found, and one that goes on after it stood still. */
  #lookLater(): void {
    clearTimeout(this.#lookout)
    if (this.#disposed || this.#live) return
    this.#lookout = setTimeout(async () => {
      if (!this.#connecting) await this.#look().catch(() => undefined)
      this.#afterLook()
    }, LOOK_MS)
    this.#lookout.unref()
  }

  #afterLook(): void {
    if (this.#live || this.#connecting || this.#disposed) return
    if (this.#isToBeReplaced) void this.#ensure(true)
    else if (this.#found === 'silence') this.#setSilent(readRecord(statePaths(this.#options.stateFolder)))
    else if (this.#state === 'silent') this.#setState('none')
    this.#lookLater()
  }

  #receive(events: readonly ServiceEvent[]): void {
    for (const event of events) {
      if (event.type === 'summary') {
        this.#summary = event.summary
        this.#summaryEmitter.fire(event.summary)
      } else if (event.type === 'bye') {
        if (this.#live) this.#live.bye = event.reason
        this.#options.log(`The job service ends: ${event.reason}.`)
      }
    }
    this.#eventsEmitter.fire(events)
  }

  #setState(state: ServiceState, message?: string): void {
    if (state === this.#state && message === this.#message) return
    this.#state = state
    this.#message = message
    if (message) this.#options.log(message)
    this.#stateEmitter.fire(state)
  }
}

function environmentOf(vars: Readonly<Record<string, string>>, secretNames: readonly string[]): Environment {
  const sorted = Object.fromEntries(Object.entries(vars).sort(([a], [b]) => (a < b ? -1 : 1)))
  const text = JSON.stringify([sorted, [...secretNames].sort()])
  return { hash: createHash('sha256').update(text).digest('hex').slice(0, 32), vars: sorted, secretNames }
}

function pause(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms))
}
