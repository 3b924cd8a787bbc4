// One job as one process tree, from its command to its end: check, spawn, feed, capture, watch, end.
import type { EndedBy, JobError } from '../../api'
import type { ExitFacts } from '../../core/jobs/job'
import type { OutputStream } from '../../core/protocol/facts'
import { type Deadline, now, pause, unwatch, watch } from '../base/deadlines'
import type { LocalRun, RunEnd, RunEvents, RunProgress, RunSpec } from '../base/runTypes'
import { FIRST_RETRY_MS, inTurn, LONGEST_RETRY_MS, noteRoom, noteShortage, pauseUntilRoom } from '../base/shortage'
import { isShortage, reasonOf, StartError } from '../base/startError'
import { ProcessTree } from '../os/processTree'
import { TreeTermination } from '../os/treeTermination'
import { containerError, endContainer } from '../process/containerEnd'
import { jobEnvironment } from '../process/environment'
import { makeNice } from '../process/niceness'
import { heldOpenNote } from '../process/pipeHolders'
import { closeSparePipes, ensurePipes } from '../process/pipes'
import { explainSpawnError, type Program, resolveProgram } from '../process/program'
import { type Child, spawnProcess } from '../process/spawnProcess'
import { RunWatch } from './runWatch'
import { type RunStreams, type StreamEvents, Streams } from './streams'

export type { Run, RunEnd, RunEvents, RunProgress, RunSpec } from '../base/runTypes'

/** The pipes of a process that is gone close at once, unless another process has them open. */
const PIPES_CLOSE_MS = 50
/** What is in a pipe when the tree is gone is read for at least this long. */
const DRAIN_MS = 500

/**
 * Begins in a microtask: after a `stop` right away no process is started.
 * @param makeStreams for a process with a protocol; any other is only fed and read
 */
export function startRun(
  spec: RunSpec,
  events: RunEvents,
  makeStreams: (events: StreamEvents) => RunStreams = streamEvents => new Streams(spec, streamEvents),
): LocalRun {
  const run = new JobRun(spec, events, makeStreams)
  queueMicrotask(() => void run.begin())
  return run
}

class JobRun implements LocalRun, Deadline {
  command: readonly string[]
  startedAt: number | undefined
  /** When pipes that are still open after the exit of the main process are checked. */
  dueAt = Number.POSITIVE_INFINITY
  readonly #end = Promise.withResolvers<RunEnd>()
  readonly #streams: RunStreams
  #retry: { wake(): void } | undefined
  #tree: ProcessTree | undefined
  #watch: RunWatch | undefined
  #termination: TreeTermination | undefined
  #exit: { code: number | null; signal: string | null; at: number } | undefined
  /** Who ended it, and why; `undefined` while or when it ends by itself. */
  #stopped: { endedBy: EndedBy; error?: JobError } | undefined
  #startError: JobError | undefined
  /** A stop came too late to count, but what the job left running gets no time to end by itself. */
  #skipsGrace = false
  /** Resolves some time after a stop, for files that never open, such as those of a disk that does not answer. */
  readonly #givenUpStarting = Promise.withResolvers<void>()
  #isTreeGone = false
  #isComplete = false
  #arePipesClosed = false
  #child: Child | undefined
  /** When a pipe that is still open is no longer read. */
  #giveUpAt: number | undefined
  #note: string | undefined

  constructor(
    private readonly spec: RunSpec,
    private readonly events: RunEvents,
    makeStreams: (events: StreamEvents) => RunStreams,
  ) {
    this.command = spec.command
    this.#streams = makeStreams({ onChange: () => events.onChange(this), onLimit: error => this.#onLimit(error) })
  }

  get ended(): Promise<RunEnd> {
    return this.#end.promise
  }

  get pid(): number | undefined {
    return this.#tree?.pid
  }

  get processStartTime(): string | undefined {
    return this.#tree?.startTime
  }

  get usage() {
    return this.#watch?.usage
  }

  get progress(): RunProgress {
    const { stdoutBytes, stderrBytes, lastErrorLine, progress } = this.#streams
    const { processStartTime } = this
    return {
      stdoutBytes,
      stderrBytes,
      ...(progress && { progress }),
      ...(lastErrorLine !== undefined && { lastErrorLine }),
      ...(processStartTime !== undefined && { processStartTime }),
      ...this.#watch?.usage,
    }
  }

  readOutput(stream: OutputStream, offset: number, length: number): Promise<Uint8Array> {
    return this.#streams.read(stream, offset, length)
  }

  async begin(): Promise<void> {
    try {
      if (!this.#stopped) {
        const program = resolveProgram(this.spec)
        this.command = program.command
        await Promise.race([this.#spawnWithRetries(program), this.#givenUpStarting.promise])
      }
    } catch (error) {
      this.#startError = { kind: 'start', message: error instanceof StartError ? error.message : reasonOf(error) }
    }
    // a file that cannot be closed must not keep the run from ending
    if (this.#streams.needsFiles) await this.#streams.releaseFiles().catch(() => undefined)
    if (!this.#tree) await this.#complete()
  }

  stop(endedBy: EndedBy, error?: JobError): void {
    if (this.#termination) this.#termination.skipGrace()
    else if (this.#tree?.hasRootEnded()) this.#skipsGrace = true
    else if (!this.#stopped) {
      this.#stopped = { endedBy, ...(error && { error }) }
      this.#retry?.wake()
      if (this.#tree) this.#endTree(this.#tree, 0)
      else void pause(this.spec.graceMs).done.then(this.#givenUpStarting.resolve)
    }
  }

  finish(): void {
    const tree = this.#tree
    if (!tree) this.stop('shutdown')
    else if (!this.#termination && !tree.rootGone) this.#endTree(tree, this.spec.graceMs)
  }

  /** Resolves without a process when it was stopped meanwhile. */
  async #spawnWithRetries(program: Program): Promise<void> {
    const { spec } = this
    for (let wait = FIRST_RETRY_MS; !this.#stopped; wait = Math.min(wait * 2, LONGEST_RETRY_MS)) {
      try {
        await inTurn(() => this.#trySpawn(program))
        return noteRoom()
      } catch (error) {
        if (error instanceof StartError) throw error
        if (!isShortage(error)) throw explainSpawnError(error, spec, program)
      }
      const retry = pauseUntilRoom(wait)
      this.#retry = retry
      await retry.done
    }
  }

  /** @throws a shortage, after everything that other jobs need has been closed */
  async #trySpawn(program: Program): Promise<void> {
    const { spec } = this
    if (this.#stopped) return
    try {
      if (this.#streams.needsFiles) await this.#streams.openFiles()
      if (this.#isComplete) await this.#streams.discardFiles() // the run has been completed meanwhile
      for (let making = ensurePipes(); making; making = ensurePipes()) await making
      if (this.#stopped) return
      const child = spawnProcess(program, spec.cwd, jobEnvironment(spec, spec.env), this.#streams.stdio())
      // No await between `spawn` and the listeners: an event of the child would be missed.
      if (!(child instanceof Promise)) return this.#follow(child)
      await child
    } catch (error) {
      if (isShortage(error)) {
        noteShortage()
        closeSparePipes()
        await this.#streams.discardFiles()
      }
      throw error
    }
  }

  #follow(child: Child): void {
    this.startedAt = Date.now()
    this.#child = child
    this.#tree = new ProcessTree(this.spec.id, child.pid)
    makeNice(child.pid, this.spec.niceness)
    child.onExit((code, signal) => this.#onExit(code, signal))
    child.onClose(() => {
      this.#arePipesClosed = true
      this.#proceed()
    })
    this.#streams.attach(child)
    this.#watch = new RunWatch({
      spec: this.spec,
      tree: this.#tree,
      files: this.#streams.files,
      bytes: () => this.#streams.stdoutBytes + this.#streams.stderrBytes,
      isHeldBack: () => this.#streams.isHeldBack,
      onChange: () => this.events.onChange(this),
      onLimit: error => this.stop('limit', error),
    })
    this.events.onStarted(this)
  }

  /** Counts even when the process has ended by itself meanwhile: its output is not complete. */
  #onLimit(error: JobError): void {
    this.stop('limit', error)
    this.#stopped ??= { endedBy: 'limit', error }
  }

  #onExit(code: number | null, signal: string | null): void {
    this.#exit = { code, signal, at: now() }
    this.events.onExit?.()
    this.#streams.onExit?.()
    this.#tree?.setRootGone()
    this.#watch?.end()
    if (this.#termination) this.#termination.check()
    this.dueAt = this.#exit.at + PIPES_CLOSE_MS
    watch(this)
  }

  onDue(at: number): void {
    this.dueAt = Number.POSITIVE_INFINITY
    this.#proceed(at)
  }

  /** To be called whenever a part of the end has happened; completes the run after the last one. */
  #proceed(at = now()): void {
    const tree = this.#tree
    if (!this.#exit || !tree) return
    if (!this.#isTreeGone && !this.#termination) {
      if (tree.isSurelyGone()) this.#isTreeGone = true
      else this.#endTree(tree, this.#skipsGrace ? 0 : this.spec.graceMs)
    }
    if (!this.#isTreeGone) return
    if (this.#arePipesClosed) {
      void this.#complete()
      return
    }
    // A process outside of the tree has a pipe open: what is in it is read, and then it is given up.
    this.#giveUpAt ??= Math.max(this.#exit.at + this.spec.graceMs, at + DRAIN_MS)
    if (at >= this.#giveUpAt && !this.#streams.isHeldBack) {
      this.#giveUpAt = Number.POSITIVE_INFINITY
      void this.#detachFromHolder()
    }
    if (this.#giveUpAt === Number.POSITIVE_INFINITY) return
    this.dueAt = Math.max(this.#giveUpAt, at + PIPES_CLOSE_MS)
    watch(this)
  }

  /** The note names the process that has the pipe open; what it writes from now on is not read. */
  async #detachFromHolder(): Promise<void> {
    const note = await heldOpenNote(this.#child?.openOutputs() ?? [])
    if (this.#arePipesClosed) return
    this.#note = note
    this.#streams.detach()
  }

  #endTree(tree: ProcessTree, voluntaryMs: number): void {
    this.#termination = new TreeTermination(tree, voluntaryMs, this.spec.graceMs)
    void this.#termination.done.then(() => {
      this.#isTreeGone = true
      if (this.#termination?.notEnded === undefined) this.#proceed()
      else this.#giveUp()
    })
  }

  /** Some processes cannot be ended: they are neither watched nor read any more. */
  #giveUp(): void {
    this.#watch?.end()
    this.#streams.detach()
    void this.#complete()
  }

  async #complete(): Promise<void> {
    unwatch(this)
    if (this.#isComplete) return
    this.#isComplete = true
    noteRoom()
    if (this.spec.container) endContainer(this.spec.container, this.spec.id)
    const closing = this.#streams.areInMemory ? undefined : this.#streams.close(() => this.#facts())
    const problem = await closing?.catch((error): JobError => ({ kind: 'service', message: reasonOf(error) }))
    const usage = this.#watch?.usage
    const [facts, result] = [this.#facts(), this.#streams.result()]
    const error = problem ?? (this.spec.container && containerError(this.spec.container, { ...facts, ...result }))
    this.#end.resolve({
      ...facts,
      ...(error && { error }),
      ...(this.startedAt !== undefined && { startedAt: this.startedAt }),
      endedAt: Date.now(),
      leftovers: this.#stopped ? 0 : (this.#termination?.orphanCount ?? 0),
      ...(this.#stopped && this.#termination?.isForced && { forced: true as const }),
      ...(this.#note !== undefined && { note: this.#note }),
      ...result,
      ...(usage && { peakMemoryBytes: usage.peakMemoryBytes, cpuSeconds: usage.cpuSeconds }),
    })
  }

  #facts(): ExitFacts {
    const error = this.#startError ?? this.#stopped?.error
    const notEnded = this.#termination?.notEnded
    return {
      exitCode: this.#exit?.code ?? null,
      signal: this.#exit?.signal ?? null,
      endedBy: this.#stopped?.endedBy ?? 'self',
      ...(error && { error }),
      ...(notEnded !== undefined && { notEnded }),
    }
  }
}
