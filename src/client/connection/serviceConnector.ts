// Finds the job service or starts it, and connects again when the connection closes.
import { randomUUID } from 'node:crypto'
import { pause } from '../../core/base/pause'
import { type Hello, MIN_PROTOCOL, PROTOCOL_VERSION } from '../../core/handshake/hello'
import { MAKE_WAY_MS, REQUEST_TIMEOUT_MS, SERVICE_TIMEOUT_MS } from '../../core/protocol/limits'
import type { ServiceEvent, ServiceMethod } from '../../core/protocol/protocol'
import { type LeftWork, readLeftWork } from '../../service/base/leftWork'
import { readRecord, type StatePaths, statePaths, UnusableFolderError } from '../../service/base/paths'
import type { ResolvedOptions } from '../base/clientOptions'
import { isNewer } from '../base/version'
import { connectAs, IncompatibleError } from './handshake'
import { Heartbeat } from './heartbeat'
import { ImpostorError } from './prove'
import { LateError, type OpenConnection, RefusedError, type ServiceConnection, send } from './serviceConnection'
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

/** Pauses between two probes for a service that is starting or coming back, milliseconds; the last one repeats. */
const BACK_OFF_MS = [20, 30, 50, 100, 200, 500, 1000, 2000]
/** A service that was started and does not listen after this long is started once more. */
const START_AGAIN_MS = 5000

export interface ConnectorHost {
  /** Sends what the service must have before any other request. */
  prepare(connection: ServiceConnection): Promise<void>
  onConnected(connection: ServiceConnection): void
  onEvents(connection: OpenConnection, events: readonly ServiceEvent[]): void
  /** Whether this window waits for results. */
  isNeeded(): boolean
  /** Whether this window starts a service for what the last one left. */
  wants(left: LeftWork): boolean
  /** Whether the service had jobs to do, by what this window knows. */
  leavesJobs(): boolean
}

export class ServiceConnector {
  readonly #options: ResolvedOptions
  readonly #paths: StatePaths
  readonly #state: StateHolder
  readonly #host: ConnectorHost
  readonly #session = randomUUID()
  #connection: ServiceConnection | undefined
  #starting: Promise<ServiceConnection | undefined> | undefined
  #probing: Promise<ServiceConnection | undefined> | undefined
  #lastProbe: ProbeResult = 'none'
  /** Until then it starts no service, for one that this window starts would be of the version that is being replaced. */
  #waitsUntil = 0
  /** What was said of a service of another version, until it is gone. */
  #incompatible: string | undefined
  readonly #crashes = new CrashBackoff()
  #probeTimer: NodeJS.Timeout | undefined
  #disposed = false

  constructor(options: ResolvedOptions, state: StateHolder, host: ConnectorHost) {
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
      // one that crashed may have left jobs, and one that has ended says what it left
      return connection ?? (this.#isToBeReplaced || this.#isLeftForUs ? await this.start() : undefined)
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
    if (this.#disposed || Date.now() < this.#waitsUntil) return false
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
    if (!record) return undefined
    let connection: ServiceConnection | undefined
    try {
      connection = await connectAs(record, this.#hello(), {
        onEvents: (sender, events) => this.#host.onEvents(sender, events),
        log: message => this.#options.log(message),
      })
      if (!connection) return undefined
      this.#lastProbe = 'service'
      await this.#host.prepare(connection)
      this.#accepted(connection)
      return connection
    } catch (error) {
      connection?.socket.destroy()
      if (error instanceof LateError && !mayBeSquatted(record)) this.#lastProbe = 'unresponsive'
      if (error instanceof ImpostorError) this.#options.log(error.message)
      if (!(error instanceof RefusedError)) return undefined
      this.#lastProbe = 'service'
      if (error instanceof IncompatibleError) this.#setIncompatible(error.message)
      throw error
    }
  }

  /** Said at once, also while a start goes on trying: the service may be just ending. */
  #setIncompatible(sentence: string): void {
    this.#incompatible = sentence
    this.#state.set(this.#starting ? 'connecting' : 'failed', sentence)
  }

  #hello(): Hello {
    const { version, workspace, window } = this.#options
    const protocols = { protocol: PROTOCOL_VERSION, minProtocol: MIN_PROTOCOL }
    return { ...protocols, version, session: this.#session, workspace, window }
  }

  #accepted(connection: ServiceConnection): void {
    const { socket, welcome } = connection
    if (this.#disposed) {
      socket.destroy()
      return
    }
    this.#connection = connection
    this.#incompatible = undefined
    clearTimeout(this.#probeTimer)
    const heartbeat = new Heartbeat(
      // a connection that has just been disposed of throws at once
      () =>
        void send(connection, 'sync' satisfies ServiceMethod, { ids: [] }, REQUEST_TIMEOUT_MS).catch(() => undefined),
      silent => (silent ? this.#setSilent(welcome) : this.#state.set('connected')),
    )
    socket.on('data', () => heartbeat.onActivity())
    void connection.closed.then(() => {
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
    const { closingReason, isReplaced, welcome } = connection
    const startsNext = isNewer(this.#options.version, welcome.version)
    this.#waitsUntil = isReplaced && !startsNext ? Date.now() + MAKE_WAY_MS : 0
    if (closingReason === undefined) {
      this.#state.set('connecting') // the connection alone may have broken: the first probe shows it
      void this.start()
    } else if (this.#host.isNeeded() || this.#host.leavesJobs()) {
      this.#state.set('connecting', endedWithJobs(closingReason))
      const isFirst = this.#host.isNeeded() || startsNext
      setTimeout(() => void this.start(), isFirst ? 0 : AFTER_CLOSING_MS)
    } else {
      this.#state.set('none')
      this.#probeLater()
    }
  }

  get #isLeftForUs(): boolean {
    const left = this.#lastProbe === 'none' ? readLeftWork(this.#paths.left) : undefined
    return left !== undefined && Date.now() >= (left.reservedUntil ?? 0) && this.#host.wants(left)
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
    else if (this.#incompatible !== undefined && this.#lastProbe !== 'service') this.#incompatibleIsGone()
    else if (this.#state.state === 'silent') this.#state.set('none')
    this.#probeLater()
  }

  /** The service of another version with which this window could not work does not answer any more. */
  #incompatibleIsGone(): void {
    const isSaid = this.#state.message === this.#incompatible
    this.#incompatible = undefined
    if (this.#host.isNeeded() || this.#lastProbe === 'crashed') void this.start()
    else if (isSaid) this.#state.set('none')
  }
}
