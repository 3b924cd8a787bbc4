// A job that is a job of Slurm: what Slurm and its own runner say of it becomes what a runner says of a run.
import type { EndedBy, SlurmJob } from '../../api'
import type { ElsewhereConfig } from '../../core/jobs/queueConfig'
import type { OutputStream } from '../../core/protocol/facts'
import { MAX_INLINE_BYTES } from '../../core/protocol/limits'
import { type SentEnd, sendEnd, sendSpec, toBase64 } from '../../run/base/runnerProtocol'
import type { RunEnd, RunEvents, RunSpec } from '../../run/base/runTypes'
import type { Task, TaskStatus } from '../../run/base/taskFiles'
import { sendHelperOnce } from '../files/remoteArrays'
import { RemoteJob } from '../remote/remoteJob'
import { lostEnd, type RunnerRequest, RunProxy } from '../runners/runProxy'
import { hasEnded, isPending, isRunning, jobRemedyOf } from '../slurm/slurmCommands'
import type { ClusterFolder } from './clusterFolder'
import { type Demands, nameOf, type TaskState } from './taskCommands'

/** Of a file that is not there, or cannot be read. */
const none = () => undefined
/** Of what the runner of one job has, there is one of each. */
const RUN = 1
const ENVIRONMENT = 1

export interface SlurmTaskHost {
  readonly folder: ClusterFolder
  readonly config: ElsewhereConfig
  /** Somebody wants it to end. */
  onStop(task: SlurmTask): void
}

export class SlurmTask {
  readonly run: RunProxy
  readonly spec: RunSpec
  readonly #job: RemoteJob
  readonly #host: SlurmTaskHost
  /** Which version of its file was read last. */
  #read = ''
  #state: TaskState | undefined
  #isUnknown = false
  #shown: SlurmJob | undefined
  #node: string | undefined
  #why = 'Slurm does not know it any more'
  /** Its runner has said how it ended. */
  hasSaidEnd = false
  isStopped = false
  readonly #stop = Promise.withResolvers<void>()
  /** Since when Slurm says that it has ended, and its runner has not, by `performance.now()`. */
  overSince: number | undefined

  constructor(spec: RunSpec, events: RunEvents, host: SlurmTaskHost) {
    this.spec = spec
    this.#host = host
    const { folder } = host
    const self = this
    this.#job = new RemoteJob(spec, host.config, {
      get files() {
        return folder.files
      },
      left: folder.left,
      folder: folder.path,
      get host() {
        return self.#node ?? 'its node'
      },
    })
    this.run = new RunProxy(spec, events, {
      get host() {
        return self.#node
      },
      get lost() {
        return `${self.#why} while this job ran`
      },
      get lostEarly() {
        return `${self.#why} before it was known whether this job had begun`
      },
      complete: (end, stopped) => this.#complete(end, stopped),
    })
    this.run.attach(request => this.#onRequest(request))
  }

  /** All that is in the folder stays there when the way to it is lost: it is brought over the next one. */
  async #complete(end: RunEnd, stopped: () => EndedBy | undefined): Promise<RunEnd> {
    const { folder } = this.#host
    for (;;) {
      const { files } = folder
      const whole = await this.#job.complete(end, stopped)
      const isLost = !folder.isPresent || folder.files !== files
      if (!whole.error || !isLost || stopped()) return whole
      await Promise.race([folder.untilPresent(), this.#stop.promise])
      if (stopped()) return whole // who does not want it does not wait for the way there
    }
  }

  get demands(): Demands {
    const { cores, memoryMB, timeoutMs } = this.spec
    return { cores, ...(memoryMB !== undefined && { memoryMB }), ...(timeoutMs !== undefined && { timeoutMs }) }
  }

  /** Slurm has it, and it has not begun. */
  get isWaiting(): boolean {
    return !this.hasBegun && this.#state !== undefined && isPending(this.#state)
  }

  get isRunning(): boolean {
    return this.#state !== undefined && isRunning(this.#state)
  }

  /** Its runner has said so. */
  get hasBegun(): boolean {
    return this.#read !== ''
  }

  /** Slurm has none left of it, whatever its runner says. */
  get isGone(): boolean {
    return this.#isUnknown || (this.#state !== undefined && hasEnded(this.#state))
  }

  /** Slurm says nothing of it: it has not taken it, or has forgotten it. */
  onUnknown(): void {
    this.#isUnknown = true
  }

  get state(): TaskState | undefined {
    return this.#state
  }

  /** As Slurm has said of its end; absent when it has forgotten the job before anybody asked. */
  get end(): TaskState | undefined {
    return this.#state && hasEnded(this.#state) ? this.#state : undefined
  }

  /**
   * Sends what it reads.
   * @throws StartError that says what could not be sent
   */
  async prepare(): Promise<Task> {
    const there = await this.#job.prepare()
    const { files, path } = this.#host.folder
    await sendHelperOnce(this.spec.protocol, files, path)
    const { envChanges = {} } = there
    return {
      id: this.spec.id,
      messages: [
        { type: 'ownEnvironment', environment: ENVIRONMENT, changes: envChanges },
        { type: 'start', run: RUN, spec: sendSpec({ ...there, spoolsAll: true }, ENVIRONMENT) },
      ],
    }
  }

  #onRequest(request: RunnerRequest): void {
    if (request.type === 'stop') {
      this.isStopped = true
      this.#stop.resolve()
      this.#host.onStop(this)
    } else if (request.type === 'read') void this.#answer(request)
  }

  /** From the file into which its runner writes all that comes. */
  async #answer(request: Extract<RunnerRequest, { type: 'read' }>): Promise<void> {
    const bytes = await this.#readOutput(request.stream, request.offset, request.length).catch(none)
    const base64 = bytes ? toBase64(bytes) : ''
    this.run.onMessage({ type: 'bytes', run: RUN, request: request.request, base64 })
  }

  async #readOutput(stream: OutputStream, offset: number, length: number): Promise<Uint8Array | undefined> {
    if (stream === 'order') return undefined
    return this.#host.folder.files.readPart(this.#job.outputThere(stream), offset, length)
  }

  /**
   * @param index in its array
   * @returns whether that is news
   */
  onState(state: TaskState, index: number): boolean {
    this.#state = state
    this.#isUnknown = false
    this.#node = state.node ?? this.#node
    if (!hasEnded(state)) this.overSince = undefined
    const { id, isAlone, reason, startsAt } = state
    const remedy = reason !== undefined && isPending(state) ? jobRemedyOf(reason) : undefined
    const slurm: SlurmJob = {
      id: nameOf(id, index, isAlone),
      state: state.state,
      ...(reason !== undefined && { reason }),
      ...(startsAt !== undefined && isPending(state) && { expectedStart: startsAt }),
      ...(remedy !== undefined && { remedy }),
    }
    if (JSON.stringify(slurm) === JSON.stringify(this.#shown)) return false
    this.#shown = slurm
    this.#why = `Slurm ended its job ${slurm.id} (${[slurm.state, reason].filter(Boolean).join(', ')})`
    if (!this.hasSaidEnd) this.#show(this.run.progress)
    return true
  }

  #show(progress: RunProxy['progress']): void {
    const slurm = this.#shown
    this.run.onMessage({ type: 'changed', run: RUN, progress: { ...progress, ...(slurm && { slurm }) } })
  }

  isKnownAs(version: string): boolean {
    return this.#read === version
  }

  /** @param version of its file */
  onStatus({ changed, ended, host, started }: TaskStatus, version: string): void {
    this.#read = version
    this.#node = host
    if (this.hasSaidEnd) return
    if (started && this.run.startedAt === undefined) this.run.onMessage(started)
    if (changed) this.#show(changed.progress)
    if (!ended) return
    this.hasSaidEnd = true
    if (this.#shown) this.#shown = { id: this.#shown.id } // what Slurm says of it may be older
    this.#show(this.run.progress)
    this.run.onMessage({ ...ended, end: this.#withReason(ended.end) })
  }

  /** A runner that Slurm ends does not know why. */
  #withReason(end: SentEnd): SentEnd {
    if (end.error?.kind !== 'lost') return end
    const { error, ...rest } = end
    const { stopped } = this.run
    if (stopped) return { ...rest, endedBy: stopped.endedBy, ...(stopped.error && { error: stopped.error }) }
    return this.isGone ? { ...rest, error: { ...error, message: `${this.#why} while it ran.` } } : end
  }

  /** Its end is on disk, or it was not submitted. */
  clean(): void {
    this.#job.clean()
  }

  /** Slurm has ended it, and its runner has not said how it went: what it had written by then is brought all the same. */
  async lose(why = this.#why): Promise<void> {
    this.#why = why
    if (!this.hasBegun) return this.run.onRunnerExit()
    this.hasSaidEnd = true
    const { command, startedAt, stopped } = this.run
    const [stdout, stderr] = await Promise.all([this.#sizeOf('stdout'), this.#sizeOf('stderr')])
    const tail = await this.#readOutput('stderr', Math.max(0, stderr - MAX_INLINE_BYTES), MAX_INLINE_BYTES).catch(none)
    const end: SentEnd = {
      ...sendEnd(lostEnd(startedAt, undefined, stopped, `${this.#why} while this job ran`)),
      ...(stdout > 0 && { stdout: { file: this.#job.outputThere('stdout'), bytes: stdout }, stdoutBytes: stdout }),
      ...(stderr > 0 && { stderrFile: this.#job.outputThere('stderr'), stderrBytes: stderr }),
      stderr: tail ? toBase64(tail) : '',
      stderrTruncated: stderr > MAX_INLINE_BYTES,
    }
    this.run.onMessage({ type: 'ended', run: RUN, command, end })
  }

  async #sizeOf(stream: 'stdout' | 'stderr'): Promise<number> {
    return (await this.#host.folder.files.sizeOf(this.#job.outputThere(stream)).catch(none)) ?? 0
  }
}
