// Finds the job service or starts it, and connects again when the connection closes.
import { randomUUID } from 'node:crypto'
import { SERVICE_TIMEOUT_MS } from '../../core/protocol/limits'
import { PROTOCOL_VERSION, type ServiceEvent, type ServiceMethod } from '../../core/protocol/protocol'
import { readRecord, type StatePaths, statePaths, UnusableFolderError } from '../../service/base/paths'
import { connectTo, handshake, openConnection } from './handshake'
import { Heartbeat } from './heartbeat'
import { ImpostorError, prove } from './prove'
import { LateError, type OpenConnection, RefusedError, type ServiceConnection } from './serviceConnection'
import {
  AFTER_CLOSING_MS,
  CrashBackoff,
  ENDED_UNEXPECTEDLY,
  endedWithJobs,
  mayBeSquatted,
  notStartedSentence,
  PROBE_INTERVAL_MS,
  type ProbeResult,
  silentSentence,
  startFailure,
} from './serviceLoss'
import type { StateHolder } from './serviceState'
import { startService } from './startService'
import { isNewer } from './version'

/** Pauses between two probes for a service that is starting or coming back, milliseconds; the last one repeats. */
const BACK_OFF_MS = [20, 30, 50, 100, 200, 500, 1000, 2000]
/** A service that was started and does not listen after this long is started once more. */
const START_AGAIN_MS = 5000

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

export interface ConnectorHost {
  /** Sends what the service must have before any other request. */
  prepare(connection: ServiceConnection): Promise<void>
  onConnected(connection: ServiceConnection): void
  onEvents(connection: OpenConnection, events: readonly ServiceEvent[]): void
  /** Whether this window waits for results. */
  isNeeded(): boolean
  /** Whether the service had jobs to do, by what this window knows. */
  leavesJobs(): boolean
}

export class ServiceConnector {
  readonly #options: ClientOptions
  readonly #paths: StatePaths
  readonly #state: StateHolder
  readonly #host: ConnectorHost
  readonly #session = randomUUID()
  #connection: ServiceConnection | undefined
  #starting: Promise<ServiceConnection | undefined> | undefined
  #probing: Promise<ServiceConnection | undefined> | undefined
  #lastProbe: ProbeResult = 'none'
  readonly #crashes = new CrashBackoff()
  #probeTimer: NodeJS.Timeout | undefined
  #disposed = false

  constructor(options: ClientOptions, state: StateHolder, host: ConnectorHost) {
    this.#options = options
    this.#paths = statePaths(options.stateFolder)
    this.#state = state
    this.#host = host
  }

  get connection(): ServiceConnection | undefined {
    return this.#connection
  }

  get isDisposed(): boolean {
    return this.#disposed
  }

  dispose(): void {
    this.#disposed = true
    clearTimeout(this.#probeTimer)
    this.#connection?.rpc.dispose()
    this.#connection?.socket.destroy()
    this.#connection = undefined
    this.#state.set('none') // ends all waiting for the service
  }

  /** Connects; starts a service when none answers. */
  start(): Promise<ServiceConnection | undefined> {
    if (this.#connection) return Promise.resolve(this.#connection)
    if (this.#disposed) return Promise.resolve(undefined)
    this.#starting ??= this.#startAndConnect().finally(() => {
      this.#starting = undefined
    })
    return this.#starting
  }

  /** Connects to a service that is there; starts one only in the place of one that has crashed. */
  async find(): Promise<ServiceConnection | undefined> {
    try {
      const connection = await this.#findRunning()
      // one that crashed may have left jobs
      return connection ?? (this.#isToBeReplaced ? await this.start() : undefined)
    } finally {
      this.#afterProbe()
    }
  }

  #findRunning(): Promise<ServiceConnection | undefined> {
    if (this.#disposed) return Promise.resolve(undefined)
    return this.#starting ?? this.#probe()
  }

  async #startAndConnect(): Promise<ServiceConnection | undefined> {
    const { state, message } = this.#state
    if (state !== 'silent') this.#state.set('connecting', state === 'connecting' ? message : undefined)
    const begin = Date.now()
    let startedAt: number | undefined
    let problem = ''
    for (let attempt = 0; Date.now() - begin < SERVICE_TIMEOUT_MS && !this.#disposed; attempt++) {
      try {
        const connection = await this.#probe()
        if (connection) return connection
        const failure = startedAt === undefined ? undefined : startFailure(this.#paths)
        if (failure !== undefined) {
          problem = failure
          break
        }
        if (await this.#isStartDue(startedAt)) {
          const isSecondTry = startedAt !== undefined
          startedAt = Date.now()
          startService({ ...this.#options, plain: isSecondTry })
        }
      } catch (error) {
        problem = (error as Error).message
        if (error instanceof UnusableFolderError) break
      }
      await pause(BACK_OFF_MS[attempt] ?? (BACK_OFF_MS.at(-1) as number))
    }
    if (this.#state.state !== 'silent') this.#state.set('failed', problem || notStartedSentence(this.#paths))
    this.#probeLater()
    return undefined
  }

  /** @param startedAt when this window has started a service, if it has */
  async #isStartDue(startedAt: number | undefined): Promise<boolean> {
    if (this.#lastProbe === 'unresponsive') {
      this.#setSilent(readRecord(this.#paths))
      return false
    }
    if (this.#lastProbe === 'crashed' && startedAt === undefined) {
      this.#state.set('connecting', ENDED_UNEXPECTEDLY)
      await pause(this.#crashes.add())
    }
    if (this.#disposed) return false
    return startedAt === undefined || Date.now() - startedAt > START_AGAIN_MS
  }

  #setSilent(service: { pid: number } | undefined): void {
    this.#state.set('silent', silentSentence(service?.pid))
  }

  /** One probe at a time: a second connection of the same session would receive the events of the first. */
  #probe(): Promise<ServiceConnection | undefined> {
    if (this.#connection) return Promise.resolve(this.#connection)
    this.#probing ??= this.#probeOnce().finally(() => {
      this.#probing = undefined
    })
    return this.#probing
  }

  /**
   * Connects if there is a service; `undefined` when there is none. Throws when there is one that refuses this window.
   */
  async #probeOnce(): Promise<ServiceConnection | undefined> {
    const record = readRecord(this.#paths)
    this.#lastProbe = record ? 'crashed' : 'none'
    const socket = record && (await connectTo(record.socket))
    if (!socket) return undefined
    const open = openConnection(socket, {
      onEvents: (connection, events) => this.#host.onEvents(connection, events),
      log: message => this.#options.log(message),
    })
    try {
      await prove(open, record.token)
      const connection = await handshake(open, this.#hello())
      this.#lastProbe = 'service'
      await this.#host.prepare(connection)
      this.#accepted(connection)
      return connection
    } catch (error) {
      socket.destroy()
      if (error instanceof LateError && !mayBeSquatted(record)) this.#lastProbe = 'unresponsive'
      if (error instanceof ImpostorError) this.#options.log(error.message)
      if (!(error instanceof RefusedError)) return undefined
      this.#lastProbe = 'service'
      throw error
    }
  }

  #hello() {
    const { version, workspace, window } = this.#options
    return { protocol: PROTOCOL_VERSION, version, session: this.#session, workspace, window }
  }

  #accepted(connection: ServiceConnection): void {
    const { socket, rpc, welcome } = connection
    if (this.#disposed) {
      socket.destroy()
      return
    }
    this.#connection = connection
    clearTimeout(this.#probeTimer)
    const heartbeat = new Heartbeat(
      () => void rpc.sendRequest('sync' satisfies ServiceMethod, { ids: [] }).catch(() => undefined),
      silent => (silent ? this.#setSilent(welcome) : this.#state.set('connected')),
    )
    socket.on('data', () => heartbeat.onActivity())
    socket.once('close', () => {
      heartbeat.stop()
      this.#closed(connection)
    })
    this.#host.onConnected(connection)
  }

  #closed(connection: ServiceConnection): void {
    connection.rpc.dispose()
    if (this.#connection !== connection || this.#disposed) return
    this.#connection = undefined
    this.#options.log('The connection to the job service has closed.')
    const { closingReason, welcome } = connection
    if (closingReason === undefined) {
      this.#state.set('connecting') // the connection alone may have broken: the first probe shows it
      void this.start()
    } else if (this.#host.isNeeded() || this.#host.leavesJobs()) {
      this.#state.set('connecting', endedWithJobs(closingReason))
      const isFirst = this.#host.isNeeded() || isNewer(this.#options.version, welcome.version)
      setTimeout(() => void this.start(), isFirst ? 0 : AFTER_CLOSING_MS)
    } else {
      this.#state.set('none')
      this.#probeLater()
    }
  }

  get #isToBeReplaced(): boolean {
    return this.#lastProbe === 'crashed' && this.#state.state !== 'failed'
  }

  /** While there is no service: finds one that another window has started, and one that answers again. */
  #probeLater(): void {
    clearTimeout(this.#probeTimer)
    if (this.#disposed || this.#connection) return
    this.#probeTimer = setTimeout(async () => {
      if (!this.#starting) await this.#probe().catch(() => undefined)
      this.#afterProbe()
    }, PROBE_INTERVAL_MS)
    this.#probeTimer.unref()
  }

  #afterProbe(): void {
    if (this.#connection || this.#starting || this.#disposed) return
    if (this.#isToBeReplaced) void this.start()
    else if (this.#lastProbe === 'unresponsive') this.#setSilent(readRecord(this.#paths))
    else if (this.#state.state === 'silent') this.#state.set('none')
    this.#probeLater()
  }
}

function pause(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms))
}
