// The runner of a queue elsewhere: started when jobs wait for it, and again after a pause when the connection is lost.

import type { ElsewhereConfig } from '../../core/jobs/queueConfig'
import type { Run, RunEvents, RunSpec } from '../../run/base/runTypes'
import { reasonOf } from '../../run/base/startError'
import type { RemoteState } from '../jobs/queues'
import { Runner } from '../runners/runner'
import { RunProxy } from '../runners/runProxy'
import { WorkerProxy, type WorkerProxyEvents } from '../runners/workerProxy'
import type { RunnerProgram } from './bootstrap'
import { LaunchError, type LaunchedRunner, type Launcher, launch } from './launch'
import { sendHelper } from './remoteArrays'
import { RemoteFiles } from './remoteFiles'
import { RemoteJob } from './remoteJob'
import { RemoteWorker } from './remoteWorker'

/** Between two looks at whether it still answers. */
const HEARTBEAT_MS = 15_000
/** The pause after it was lost or could not be started, and the longest after it has failed again and again. */
const FIRST_PAUSE_MS = 1000
const LONGEST_PAUSE_MS = 60_000
/** A connection that held so long was a good one: the next pause is the first again. */
const GOOD_MS = 60_000

export interface RemoteHost {
  readonly name: string
  /** For one connection. */
  launcher(): Launcher
  readonly config: ElsewhereConfig
  program(): RunnerProgram
  onState(state: RemoteState): void
  /** Whether jobs wait for it or run on it. */
  isWanted(): boolean
}

interface Connection {
  readonly launched: LaunchedRunner
  readonly runner: Runner
  readonly files: RemoteFiles
  readonly since: number
  /** Resolves when the helper for Python is there. */
  helper?: Promise<void>
}

export class RemoteRunner {
  readonly #host: RemoteHost
  #connection: Connection | undefined
  #isConnecting = false
  #isClosed = false
  #pauseMs = FIRST_PAUSE_MS
  #retry: NodeJS.Timeout | undefined
  #heartbeat: NodeJS.Timeout | undefined
  #problemSince: number | undefined

  constructor(host: RemoteHost) {
    this.#host = host
  }

  /** Jobs wait for it. */
  want(): void {
    if (this.#connection || this.#isConnecting || this.#retry || this.#isClosed) return
    this.#isConnecting = true
    void this.#connect()
  }

  /** At once, whatever the pause; for a person who has mended something. */
  tryNow(): void {
    clearTimeout(this.#retry)
    this.#retry = undefined
    this.want()
  }

  async #connect(): Promise<void> {
    const { name } = this.#host
    const launcher = this.#host.launcher()
    try {
      const launched = await launch(launcher, this.#host.program())
      this.#isConnecting = false
      if (this.#isClosed) launched.channel?.end()
      else this.#connected(launched)
    } catch (error) {
      this.#isConnecting = false
      const why = error instanceof LaunchError ? error.message : `${reasonOf(error)}.`
      console.error(`The queue “${name}” cannot be reached: ${why}`)
      this.#lost(why)
    }
  }

  #connected(launched: LaunchedRunner): void {
    const { hello } = launched
    const runner = new Runner(launched, {
      onGone: () => this.#onGone(),
      onFileAnswer: answer => files.onAnswer(answer),
    })
    const files = new RemoteFiles(request => runner.request(request))
    this.#connection = { launched, runner, files, since: Date.now() }
    this.#problemSince = undefined
    this.#heartbeat = setInterval(() => runner.ping(), HEARTBEAT_MS)
    console.log(
      `The queue “${this.#host.name}” is connected to ${hello.host} (Node ${hello.node}, ${hello.cores} cores).`,
    )
    this.#host.onState({ cores: hello.cores, host: hello.host })
  }

  #onGone(): void {
    const connection = this.#connection
    this.#connection = undefined
    clearInterval(this.#heartbeat)
    connection?.files.endAll()
    if (this.#isClosed || !connection) return
    if (Date.now() - connection.since > GOOD_MS) this.#pauseMs = FIRST_PAUSE_MS
    this.#lost(`The connection to ${connection.launched.hello.host} was lost.`)
  }

  /** Tries again after a pause, with some chance in it: many may have lost the same host. */
  #lost(problem: string): void {
    if (this.#isClosed) return
    this.#problemSince ??= Date.now()
    const pauseMs = this.#pauseMs * (0.75 + Math.random() / 2)
    this.#pauseMs = Math.min(LONGEST_PAUSE_MS, this.#pauseMs * 2)
    this.#retry = setTimeout(() => {
      this.#retry = undefined
      if (this.#host.isWanted()) this.want()
    }, pauseMs)
    const nextTryAt = Math.round(Date.now() + pauseMs)
    this.#host.onState({ problem, since: this.#problemSince, nextTryAt })
  }

  start(spec: RunSpec, events: RunEvents): Run {
    const connection = this.#connection
    if (!connection) {
      const run = new RunProxy(spec, events)
      run.return()
      return run
    }
    const { folder, host } = connection.launched.hello
    const job = new RemoteJob(spec, this.#host.config, { files: connection.files, folder, host })
    const run = new RunProxy(job.spec, events, {
      host,
      lost: `The connection to ${host} was lost while this job ran`,
      complete: end => job.complete(end),
    })
    void this.#begin(connection, job, run)
    return run
  }

  /** For the jobs of a pool: each comes when the one before it has ended. */
  startWorker(spec: RunSpec, events: WorkerProxyEvents): WorkerProxy {
    const connection = this.#connection
    if (!connection) {
      const worker = new WorkerProxy(spec, false, events)
      queueMicrotask(() => worker.finish()) // its jobs return
      return worker
    }
    const { folder, host } = connection.launched.hello
    const place = { files: connection.files, folder, host }
    const job = new RemoteJob(spec, this.#host.config, place)
    const lost = `The connection to ${host} was lost while this job ran`
    const worker = new WorkerProxy(spec, false, events, { host, lost })
    const remote = new RemoteWorker(worker, job.spec, spec, place)
    void this.#beginWorker(connection, job, worker, remote)
    return worker
  }

  async #beginWorker(connection: Connection, job: RemoteJob, worker: WorkerProxy, remote: RemoteWorker): Promise<void> {
    try {
      await job.send()
      await this.#sendHelper(connection, job)
    } catch (error) {
      console.error(`A worker of the queue “${this.#host.name}” could not be started: ${reasonOf(error)}`)
    }
    if (worker.hasEnded) return
    if (connection === this.#connection) connection.runner.start(remote)
    else worker.finish()
  }

  /** Once for each connection, before the first job that may need it. */
  async #sendHelper(connection: Connection, { local: { protocol } }: RemoteJob): Promise<void> {
    if (!protocol) return
    const { files, launched } = connection
    connection.helper ??= sendHelper(protocol.pythonFolder, files, launched.hello.folder)
    await connection.helper
  }

  async #begin(connection: Connection, job: RemoteJob, run: RunProxy): Promise<void> {
    try {
      await job.send()
      await this.#sendHelper(connection, job)
    } catch (error) {
      if (run.hasEnded) return
      if (connection === this.#connection) run.refuse({ kind: 'start', message: reasonOf(error) })
      else run.return() // the connection was lost: it has not begun
      return
    }
    if (run.hasEnded) return
    if (connection === this.#connection) connection.runner.start(run)
    else run.return()
  }

  /** The runner ends when it has no runs. */
  close(): void {
    this.#isClosed = true
    clearTimeout(this.#retry)
    clearInterval(this.#heartbeat)
    this.#connection?.runner.close()
  }
}
