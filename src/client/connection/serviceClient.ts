// The window's access to the job service: sends requests, connecting first where needed, and passes on what the service
// sends: events, summaries, its state.
import { createHash } from 'node:crypto'
import { t } from '@vscode/l10n'
import type { Welcome } from '../../core/handshake/hello'
import type { Summary } from '../../core/protocol/facts'
import { REQUEST_TIMEOUT_MS } from '../../core/protocol/limits'
import type { Work } from '../../core/protocol/longRequests'
import {
  type Environment,
  type ServiceApi,
  type ServiceEvent,
  type ServiceMethod,
  serviceMethods,
} from '../../core/protocol/protocol'
import type { LeftWork } from '../../service/base/leftWork'
import { statePaths } from '../../service/base/paths'
import { type ClientOptions, type ResolvedOptions, resolveOptions } from '../base/clientOptions'
import { Emitter } from '../base/emitter'
import { isNewer } from '../base/version'
import type { ValueFolders } from '../values/values'
import { inPieces } from './longRequests'
import { orWithout } from './olderService'
import { type OpenConnection, type ServiceConnection, send, UnreachableError } from './serviceConnection'
import { ServiceConnector } from './serviceConnector'
import { leavesJobs } from './serviceLoss'
import { type ServiceState, StateHolder } from './serviceState'

/**
 * Methods without a time limit of their own: a worker's answer takes as long as its handler, and callers set the limit; what is
 * copied over a slow link takes its time, and the service notices when that does not go on.
 */
const unlimited: ReadonlySet<string> = new Set<ServiceMethod>(['request', 'copyNode'])

/** What is about workers of a connection, which end with it: where there is none, no service is started or found for that. */
const ofConnection: ReadonlySet<string> = new Set<ServiceMethod>(['cancelRequests', 'releaseReplies', 'stopWorkers'])

export class ServiceClient {
  readonly #options: ResolvedOptions
  readonly #state: StateHolder
  readonly #connector: ServiceConnector
  #environment: Environment
  #summary: Summary | undefined
  #clockOffsetMs = 0
  /** Whether this window waits for results, so that a service that has ended must be started again. */
  isNeeded: () => boolean = () => false
  /** Whether this window starts a service for what the last one left to do. */
  wants: (left: LeftWork) => boolean = ({ queued }) => queued > 0

  /** Whether this window reports to its user what ended while it was away: for that, too, it starts a service. */
  notifiesMeanwhile: () => boolean = () => false

  readonly #eventsEmitter: Emitter<readonly ServiceEvent[]>
  readonly #summaryEmitter: Emitter<Summary>
  readonly #connectEmitter: Emitter<Welcome>

  /** Where the values of workers go that are too large for a message. */
  readonly folders: ValueFolders

  /** The requests; each connects first, and starts the service when there is none, but for those about workers. */
  readonly service: ServiceApi

  constructor(given: ClientOptions) {
    const options = resolveOptions(given)
    this.#options = options
    this.#environment = environmentOf(options.workspace, {}, [])
    this.folders = statePaths(options.stateFolder)
    const onError = (error: unknown) => options.log(`A listener failed: ${String(error)}`)
    this.#eventsEmitter = new Emitter(onError)
    this.#summaryEmitter = new Emitter(onError)
    this.#connectEmitter = new Emitter(onError)
    this.#state = new StateHolder(message => options.log(message), onError)
    this.#connector = new ServiceConnector(options, this.#state, {
      prepare: connection => this.#sendCurrentEnvironment(connection),
      onConnected: connection => this.#onConnected(connection),
      onEvents: (connection, events) => this.#onEvents(connection, events),
      isNeeded: () => this.isNeeded(),
      wants: left => this.wants(left) || (left.workspaces.includes(options.workspace) && this.notifiesMeanwhile()),
      leavesJobs: () => leavesJobs(this.#summary),
    })
    const method = (name: ServiceMethod) => [name, (p: unknown, work?: Work) => this.#request(name, p, work)]
    this.service = inPieces(Object.fromEntries(serviceMethods.map(method)) as unknown as ServiceApi)
  }

  get state(): ServiceState {
    return this.#state.state
  }

  /** Whether there is a connection, on which the service may be silent for now. */
  get isConnected(): boolean {
    return this.#connector.connection !== undefined
  }

  /** One sentence while something is wrong with the service. */
  get message(): string | undefined {
    return this.#state.message
  }

  get onDidChangeState() {
    return this.#state.onDidChange
  }

  get onEvents() {
    return this.#eventsEmitter.event
  }

  /** After each connection, before any event of it: the listener must query what became of its jobs. */
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

  get environmentHash(): string {
    return this.#environment.hash
  }

  /** The environment that jobs submitted from now on have. */
  setEnvironment(vars: Readonly<Record<string, string>>, secretNames: readonly string[]): void {
    const environment = environmentOf(this.#options.workspace, vars, secretNames)
    if (environment.hash === this.#environment.hash) return
    this.#environment = environment
    const { connection } = this.#connector
    if (connection) this.#sendEnvironment(connection).catch((error: Error) => this.#options.log(error.message))
  }

  /**
   * Resolves with whether it is connected; without `start` it only finds a service that is there, or was until it
   * crashed.
   */
  async connect({ start }: { start: boolean }): Promise<boolean> {
    return (await (start ? this.#connector.start() : this.#connector.find())) !== undefined
  }

  get isDisposed(): boolean {
    return this.#connector.isDisposed
  }

  dispose(): void {
    this.#connector.dispose()
  }

  async #request(method: ServiceMethod, params: unknown, work?: Work): Promise<unknown> {
    const connection = ofConnection.has(method) ? this.#connector.connection : await this.#connector.start()
    if (!connection) throw new UnreachableError(this.message ?? t('The job service cannot be reached.'))
    const limitMs = unlimited.has(method) ? Number.POSITIVE_INFINITY : REQUEST_TIMEOUT_MS
    return orWithout(method, connection.welcome, () => send(connection, method, params, limitMs, work))
  }

  async #sendCurrentEnvironment(connection: ServiceConnection): Promise<void> {
    let sent: string
    do {
      sent = this.#environment.hash
      await this.#sendEnvironment(connection)
    } while (sent !== this.#environment.hash) // it has changed meanwhile
  }

  #sendEnvironment(connection: ServiceConnection): Promise<unknown> {
    return send(connection, 'useEnvironment' satisfies ServiceMethod, this.#environment, REQUEST_TIMEOUT_MS)
  }

  #onConnected({ welcome }: ServiceConnection): void {
    this.#clockOffsetMs = welcome.now - Date.now()
    this.#summary = welcome.summary
    this.#state.set('connected')
    if (isNewer(this.#options.version, welcome.version)) void this.service.drain(null).catch(() => undefined)
    this.#connectEmitter.fire(welcome)
    this.#summaryEmitter.fire(welcome.summary)
  }

  #onEvents(connection: OpenConnection, events: readonly ServiceEvent[]): void {
    for (const event of events) {
      if (event.type === 'summary') {
        this.#summary = event.summary
        this.#summaryEmitter.fire(event.summary)
      } else if (event.type === 'bye') {
        connection.closingReason = event.reason
        if (event.replaced) connection.isReplaced = true
        this.#options.log(`The job service ends: ${event.reason}.`)
      }
    }
    this.#eventsEmitter.fire(events)
  }
}

/** Windows of different folders have different ones, also with the same variables: jobs are known to be of a folder by it. */
function environmentOf(
  workspace: string,
  vars: Readonly<Record<string, string>>,
  secretNames: readonly string[],
): Environment {
  const sorted = Object.fromEntries(Object.entries(vars).sort(([a], [b]) => (a < b ? -1 : 1)))
  const text = JSON.stringify([workspace, sorted, [...secretNames].sort()])
  return { hash: createHash('sha256').update(text).digest('hex').slice(0, 32), vars: sorted, secretNames }
}
