// The jobs of a queue elsewhere: begun on the connection that is there, or taken over with it, and forgotten there when their ends are
// on disk here.
import type { KnownRun } from '../../run/base/runnerProtocol'
import type { Run, RunEvents, RunSpec } from '../../run/base/runTypes'
import { reasonOf } from '../../run/base/startError'
import { mayBeLeft, onceStored } from '../files/leftFiles'
import { sendHelperOnce } from '../files/remoteArrays'
import { RunProxy } from '../runners/runProxy'
import type { Connection, Connections } from './remoteConnection'
import type { KnownJob } from './remoteHost'
import { RemoteJob } from './remoteJob'

export class RemoteJobs {
  readonly #connections: Connections
  #open = 0

  constructor(connections: Connections) {
    this.#connections = connections
  }

  /** How many have not ended here, those included of which something is still sent or brought. */
  get open(): number {
    return this.#open
  }

  start(connection: Connection | undefined, spec: RunSpec, events: RunEvents): Run {
    if (!connection) {
      const run = new RunProxy(spec, events)
      run.return()
      return run
    }
    const { job, run } = this.#proxyOf(connection, spec, events)
    void this.#begin(connection, job, run)
    return run
  }

  /** Of a runner that was taken over. */
  known(connection: Connection, known: KnownRun): KnownJob {
    const { files, hello, runner } = connection
    return {
      id: known.id,
      adopt: (spec, events) => {
        const { job, run } = this.#proxyOf(connection, spec, events)
        runner.adopt(run, known)
        this.#forgetAfter(connection, job, run, known.run)
        return run
      },
      abandon: () => {
        runner.abandon(known)
        for (const path of mayBeLeft(hello.folder, known.id)) void files.remove(path)
      },
    }
  }

  #proxyOf({ files, hello, left }: Connection, spec: RunSpec, events: RunEvents): { job: RemoteJob; run: RunProxy } {
    const { folder, host } = hello
    const queue = this.#connections.host
    const job = new RemoteJob(spec, queue.config, { files, left, folder, host })
    const why = () => queue.whyLost ?? `The connection to ${host} was lost`
    const run = new RunProxy(spec, events, {
      host,
      get lost() {
        return `${why()} while this job ran`
      },
      get lostEarly() {
        return `${why()} before it was known whether this job had begun`
      },
      complete: (end, stopped) => job.complete(end, stopped),
    })
    this.#open++
    void run.ended.then(() => this.#open--)
    return { job, run }
  }

  async #begin(connection: Connection, job: RemoteJob, run: RunProxy): Promise<void> {
    const isPresent = () => this.#connections.isPresent(connection)
    try {
      run.spec = await job.prepare()
      await sendHelperOnce(job.local.protocol, connection.files, connection.hello.folder)
      if (!run.hasEnded && isPresent()) {
        this.#forgetAfter(connection, job, run, connection.runner.start(run))
        return
      }
    } catch (error) {
      if (!run.hasEnded && isPresent()) run.refuse({ kind: 'start', message: reasonOf(error) })
    }
    job.clean()
    if (!run.hasEnded) run.return() // the connection was lost: it has not begun
  }

  /** What the runner does not know any more, the next job service takes for a job that never came there. */
  #forgetAfter({ kept, runner }: Connection, job: RemoteJob, run: RunProxy, id: number): void {
    const forget = () => {
      if (kept) runner.forget(id)
      job.clean()
    }
    const { host } = this.#connections
    void run.ended.then(() => (kept ? onceStored(() => host.isStored(), forget) : forget()))
  }
}
