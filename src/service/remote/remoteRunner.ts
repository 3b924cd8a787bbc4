// The runner of a queue elsewhere: started when jobs wait for it, and again after a pause when the connection is lost.
import type { FromRunner } from '../../run/base/runnerProtocol'
import type { Run, RunEvents, RunSpec } from '../../run/base/runTypes'
import { reasonOf } from '../../run/base/startError'
import { LeftFiles } from '../files/leftFiles'
import { RemoteFiles } from '../files/remoteFiles'
import type { RemoteState } from '../jobs/queues'
import { type Lacking, type LaunchedRunner, lackingOf, launch } from '../launch/launch'
import { copyNode } from '../launch/nodeCopy'
import { LaunchError } from '../launch/remoteShell'
import { Runner } from '../runners/runner'
import type { WorkerProxy, WorkerProxyEvents } from '../runners/workerProxy'
import { KeptRunner, sayGoodbye } from './keptRunner'
import type { Connection } from './remoteConnection'
import type { RemoteHost } from './remoteHost'
import { RemoteJobs } from './remoteJobs'
import { RemoteWorkers } from './remoteWorkers'

/** Between two looks at whether it still answers. */
const HEARTBEAT_MS = 15_000
/** The pause after it was lost or could not be started, and the longest after it has failed again and again. */
const FIRST_PAUSE_MS = 1000
const LONGEST_PAUSE_MS = 60_000
/** A connection that held so long was a good one: the next pause is the first again. */
const GOOD_MS = 60_000

/** Between two looks at whether its jobs have ended. */
const RETIRE_LOOK_MS = 1000
/** Of slots. */
const NO_LIMIT = Number.MAX_SAFE_INTEGER

export class RemoteRunner {
  readonly #host: RemoteHost
  readonly #jobs: RemoteJobs
  readonly #workers: RemoteWorkers
  #connection: Connection | undefined
  #isConnecting = false
  #isClosed = false
  #pauseMs = FIRST_PAUSE_MS
  #retry: NodeJS.Timeout | undefined
  #heartbeat: NodeJS.Timeout | undefined
  #problemSince: number | undefined
  #lacking: Lacking = {}

  constructor(host: RemoteHost) {
    this.#host = host
    const connections = { host, isPresent: (connection: Connection) => connection === this.#connection }
    this.#jobs = new RemoteJobs(connections)
    this.#workers = new RemoteWorkers(connections)
  }

  get keepSeconds(): number {
    return this.#host.keepSeconds
  }

  /** With which jobs can be given to it. */
  get #present(): Connection | undefined {
    const connection = this.#connection
    return connection?.isKnown && !connection.kept?.mayBeSilent ? connection : undefined
  }

  /** Where it is and the files there, while it is connected. */
  get place(): Pick<Connection, 'files' | 'hello'> | undefined {
    return this.#present
  }

  /** Jobs wait for it. */
  want(): void {
    const isThere = this.#connection && !this.#connection.kept?.mayBeSilent
    if (isThere || this.#isConnecting || this.#retry || this.#isClosed || this.#host.mayConnect?.() === false) return
    this.#isConnecting = true
    void this.#connect()
  }

  /** At once, whatever the pause; for a person who has mended something. */
  tryNow(): void {
    clearTimeout(this.#retry)
    this.#retry = undefined
    const wasConnecting = this.#isConnecting
    this.want()
    if (this.#isConnecting && !wasConnecting) this.#host.onState({}) // what was wrong may be so no more
  }

  /** @throws Error when it cannot be done, or is not wanted */
  async copyNode(): Promise<void> {
    const { node } = this.#lacking
    if (!node) throw new Error(`The queue “${this.#host.name}” does not lack Node.js.`)
    await copyNode(this.#host.launcher(), node)
    this.tryNow()
  }

  async #connect(): Promise<void> {
    const { keepSeconds, key, name, program } = this.#host
    const known = this.#resumable
    const epoch = known?.hello.epoch ?? this.#host.lastEpoch
    const { isHeld = false } = this.#host
    const isResumed = known?.hello.epoch !== undefined
    const kept = { seconds: keepSeconds, key, isResumed, isHeld, ...(epoch !== undefined && { epoch }) }
    try {
      const launcher = this.#host.launcher()
      const launched = await launch(keepSeconds > 0 ? { ...launcher, kept } : launcher, program())
      this.#isConnecting = false
      if (this.#isClosed) sayGoodbye(launched)
      else if (isResumed && known !== this.#resumable) {
        launched.giveUp() // what it was to go on with was given up meanwhile: the next one takes over
        this.#lost(`The connection to ${launched.hello.host} was lost.`)
      } else this.#connected(launched)
    } catch (error) {
      this.#isConnecting = false
      const why = error instanceof LaunchError ? error.message : `${reasonOf(error)}.`
      this.#lacking = lackingOf(error)
      console.error(`The queue “${name}” cannot be reached: ${why}`)
      this.#lost(why)
    }
  }

  /** Of which the runner has said that it has it: until then it may be connected to another one still. */
  get #resumable(): Connection | undefined {
    return this.#connection?.isKnown ? this.#connection : undefined
  }

  #connected(launched: LaunchedRunner): void {
    const { hello } = launched
    const known = this.#resumable
    this.#problemSince = undefined
    this.#lacking = {}
    if (known?.kept && known.hello.epoch === hello.epoch) {
      known.kept.attach(launched)
      known.since = Date.now()
    } else {
      this.#connection?.kept?.channel.destroy() // another one is there: what that one had is lost
      this.#connection = this.#begin(launched)
    }
    console.log(
      `The queue “${this.#host.name}” is connected to ${hello.host} (Node ${hello.node}, ${hello.cores} cores).`,
    )
    if (this.#connection?.isKnown) this.#ready(this.#connection)
  }

  /** Jobs may be given to it. */
  #ready(connection: Connection): void {
    const { cores, host } = connection.hello
    this.#host.onState({ cores, host })
    this.#workers.onConnected(connection)
  }

  /** The numbers that the runner has given to runs are not used again. */
  #onKnownRuns(connection: Connection, { hasTasks, run: last, runs }: Extract<FromRunner, { type: 'runs' }>): void {
    connection.isKnown = true
    connection.runner.skipTo(last)
    this.#host.onKnownJobs(
      runs.map(known => this.#jobs.known(connection, known)),
      connection.isSame && hasTasks === true, // else workers may have begun what is not mentioned
    )
    const { epoch } = connection.hello
    if (epoch !== undefined && !connection.isSame) this.#host.setLastEpoch(epoch) // not before: what another one had is lost
    if (connection === this.#present) this.#ready(connection)
  }

  #begin(launched: LaunchedRunner): Connection {
    const { hello } = launched
    const kept = hello.epoch === undefined ? undefined : new KeptRunner(launched)
    const runner: Runner = new Runner(kept ?? launched, {
      onGone: () => this.#onGone(connection),
      onFileAnswer: (answer, bytes) => files.onAnswer(answer, bytes),
      onKnownRuns: known => this.#onKnownRuns(connection, known),
    })
    const files = new RemoteFiles((request, bytes) => runner.request(request, bytes))
    const isSame = hello.epoch !== undefined && hello.epoch === this.#host.lastEpoch
    const left = new LeftFiles(path => files.remove(path))
    const connection: Connection = { hello, runner, files, left, kept, isKnown: !kept, isSame, since: Date.now() }
    this.#sendSlots(connection)
    kept?.channel.on('away', () => this.#onAway(connection, kept))
    kept?.attach(launched)
    clearInterval(this.#heartbeat)
    this.#heartbeat = setInterval(() => runner.ping(), HEARTBEAT_MS)
    return connection
  }

  /** Its settings have changed, but not where it is; or it was paused or resumed. */
  configured(): void {
    if (this.#connection) this.#sendSlots(this.#connection)
    if (this.#host.isWanted()) this.want()
  }

  /** A runner that is given no jobs ahead needs none of its own. */
  #sendSlots(connection: Connection): void {
    const { config, isPaused } = this.#host
    const { maxQueued = 0, slots = 'auto' } = config
    const all = slots === 'auto' ? connection.hello.cores : slots
    const now = maxQueued === 0 && !this.#host.isHeld ? NO_LIMIT : isPaused ? 0 : all
    if (connection.slots === now) return
    connection.slots = now
    connection.runner.setSlots(now)
  }

  /** What runs there goes on for a while, and is not lost when the next connection comes in time. */
  #onAway(connection: Connection, kept: KeptRunner): void {
    kept.expectConnection(this.#host.keepSeconds)
    if (connection === this.#connection) this.#broken(connection)
  }

  #onGone(connection: Connection): void {
    connection.files.endAll()
    if (connection !== this.#connection) return
    this.#connection = undefined
    clearInterval(this.#heartbeat)
    if (!connection.kept?.mayBeSilent || !this.#retry) this.#broken(connection)
  }

  #broken({ hello, since }: Connection): void {
    if (Date.now() - since > GOOD_MS) this.#pauseMs = FIRST_PAUSE_MS
    this.#lost(`The connection to ${hello.host} was lost.`)
  }

  /** Tries again after a pause, with some chance in it: many may have lost the same host. */
  #lost(problem: string): void {
    if (this.#isClosed) return
    this.#problemSince ??= Date.now()
    const pauseMs = this.#pauseMs * (0.75 + Math.random() / 2)
    this.#pauseMs = Math.min(LONGEST_PAUSE_MS, this.#pauseMs * 2)
    const { node, runner } = this.#lacking
    const state: RemoteState = { problem, since: this.#problemSince, ...(node && { lacksNode: true }) }
    clearTimeout(this.#retry)
    this.#retry = setTimeout(() => {
      this.#retry = undefined
      if (this.#host.isWanted()) this.want()
      else this.#host.onState(state, runner) // the next job makes it try
    }, pauseMs)
    this.#host.onState({ ...state, nextTryAt: Math.round(Date.now() + pauseMs) }, runner)
    this.#workers.onProblem(problem)
  }

  start(spec: RunSpec, events: RunEvents): Run {
    return this.#jobs.start(this.#present, spec, events)
  }

  /** For the jobs of a pool. */
  startWorker(spec: RunSpec, events: WorkerProxyEvents): WorkerProxy {
    return this.#workers.start(this.#present, spec, events)
  }

  /** For the requests of a window: it is connected for that, once. */
  startRequestWorker(spec: RunSpec, events: WorkerProxyEvents): WorkerProxy {
    const worker = this.#workers.startLater(this.#present, spec, events)
    if (!this.#present) this.tryNow()
    return worker
  }

  /** Takes no more jobs, and ends when those that it has have ended. */
  retire(): void {
    const isBusy = () => this.#jobs.open > 0 || (this.#connection?.runner.busy ?? 0) > 0
    if (!isBusy()) {
      this.close()
      return
    }
    const timer = setInterval(() => {
      if (isBusy()) return
      clearInterval(timer)
      this.close()
    }, RETIRE_LOOK_MS)
  }

  /** There is none any more: what it had is lost. */
  lose(): void {
    this.close()
    this.#connection?.kept?.channel.destroy()
  }

  /** The runner ends, and what it has. */
  close(): void {
    this.#isClosed = true
    this.#workers.onProblem(`${this.#host.whyLost ?? 'The queue is not used any more'}.`)
    clearTimeout(this.#retry)
    clearInterval(this.#heartbeat)
    this.#connection?.runner.close()
  }
}
