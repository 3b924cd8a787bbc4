// The runners of the job service: starts them when they are needed, hands each run to the one with the fewest, and
// stands for the runs that go on there. Runs in the job service.
import { type ChildProcess, spawn } from 'node:child_process'
import type { Socket } from 'node:net'
import type { EndedBy, JobError } from '../api'
import { readLines, TurnWriter } from '../core/wire'
import { endTree } from '../run/killTree'
import { CHANNEL_FD, type FromRunner, fromBase64, type SentEnd, type ToRunner, toBase64 } from '../run/runnerProtocol'
import type { Run, RunEnd, RunEvents, RunProgress, RunSpec } from '../run/runTypes'

/** Runners start jobs at the same time; more of them than this gain nothing, and each takes 40 MB. */
const MAX_RUNNERS = 4
/** Longest message: what `readOutput` asks for, as base64. */
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024
/** When a runner could not be started. */
const ADD_AGAIN_MS = 1000
/** Environments that a runner keeps; a job with differences has one of its own. */
const KEPT_ENVIRONMENTS = 50

export class Runners {
  readonly #runners = new Set<Runner>()
  readonly #most: number
  #addAgainAt = 0

  constructor(cores: number) {
    this.#most = Math.max(1, Math.min(MAX_RUNNERS, cores))
    this.#add() // at once: an update may take the editor's runtime away later
  }

  start(spec: RunSpec, events: RunEvents): Run {
    const run = new RemoteRun(spec, events)
    this.#place(run)
    return run
  }

  /** Hands a run to the least busy runner; a new runner comes when all are busy. */
  #place(run: RemoteRun): void {
    let best: Runner | undefined
    for (const runner of this.#runners) if (!best || runner.busy < best.busy) best = runner
    const mayAdd = this.#runners.size < this.#most && performance.now() >= this.#addAgainAt
    if (!best || (best.busy > 0 && mayAdd)) best = this.#add()
    best.start(run)
  }

  #add(): Runner {
    const runner = new Runner(() => this.#runners.delete(runner))
    this.#runners.add(runner)
    runner.failed.then(runs => {
      // no processes, memory or files left for another runner: not the fault of its jobs, which wait and try again
      this.#runners.delete(runner)
      this.#addAgainAt = performance.now() + ADD_AGAIN_MS
      setTimeout(() => runs.forEach(run => void this.#place(run)), ADD_AGAIN_MS)
    })
    return runner
  }

  /** Closes the channels; a runner without runs ends at once. */
  close(): void {
    for (const runner of this.#runners) runner.close()
  }
}

class Runner {
  readonly #channel: Socket | undefined
  readonly #writer: TurnWriter<ToRunner> | undefined
  readonly #runs = new Map<number, RemoteRun>()
  /** Numbers of the environments that it has, the last used last. */
  readonly #environments = new Map<Readonly<Record<string, string>>, number>()
  #last = 0

  /** Resolves with its runs when its process could not be started: none of them has begun. */
  readonly failed: Promise<RemoteRun[]>

  constructor(onGone: () => void) {
    const child: ChildProcess = spawn(process.execPath, [...process.execArgv, process.argv[1] ?? '', '--runner'], {
      stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
      env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
      // Not in our group: what is sent to the group of a terminal is for the service to handle.
      detached: process.platform !== 'win32',
      windowsHide: true,
    })
    this.failed = new Promise(resolve => {
      child.on('error', error => {
        if (child.pid !== undefined) return
        console.error(`A runner could not be started: ${error.message}`)
        resolve(this.#takeRuns())
      })
    })
    const channel = child.stdio?.[CHANNEL_FD] as Socket | undefined // none when there are no file descriptors left
    if (!channel) return
    this.#channel = channel
    channel.setEncoding('utf8')
    channel.on('error', () => undefined) // the close that follows tells
    this.#writer = new TurnWriter(channel)
    readLines<FromRunner>(channel, MAX_MESSAGE_BYTES, message => this.#take(message))
    channel.on('close', () => {
      if (child.pid === undefined) return
      onGone()
      for (const run of this.#takeRuns()) void run.lose()
    })
  }

  #takeRuns(): RemoteRun[] {
    const runs = [...this.#runs.values()]
    this.#runs.clear()
    return runs
  }

  get busy(): number {
    return this.#runs.size
  }

  close(): void {
    this.#channel?.end()
  }

  start(run: RemoteRun): void {
    const id = ++this.#last
    const { env, stdin, ...rest } = run.spec
    this.#runs.set(id, run)
    this.#tell({
      type: 'start',
      run: id,
      spec: {
        ...rest,
        environment: this.#send(env),
        ...(stdin && { stdin: 'file' in stdin ? stdin : { base64: toBase64(stdin.bytes) } }),
      },
    })
    run.placed(message => this.#tell({ ...message, run: id }))
  }

  #tell(message: ToRunner): void {
    this.#writer?.write(message).catch(() => undefined) // it has gone, and its runs are told so
  }

  /** The number of an environment, which is sent first if the runner does not have it. */
  #send(env: Readonly<Record<string, string>>): number {
    const environment = this.#environments.get(env) ?? ++this.#last
    if (!this.#environments.delete(env)) this.#tell({ type: 'environment', environment, vars: env })
    this.#environments.set(env, environment)
    if (this.#environments.size > KEPT_ENVIRONMENTS) {
      const [oldest, number] = this.#environments.entries().next().value ?? [env, environment]
      this.#environments.delete(oldest)
      this.#tell({ type: 'forgetEnvironment', environment: number })
    }
    return environment
  }

  #take(message: FromRunner): void {
    const run = this.#runs.get(message.run)
    if (!run) return
    if (message.type === 'ended') this.#runs.delete(message.run)
    run.take(message)
  }
}

type Ask = Omit<Extract<ToRunner, { type: 'stop' }>, 'run'> | Omit<Extract<ToRunner, { type: 'read' }>, 'run'>

/** A run in a runner, as the service sees it. */
class RemoteRun implements Run {
  command: readonly string[]
  pid: number | undefined
  startedAt: number | undefined
  progress: RunProgress = { stdoutBytes: 0, stderrBytes: 0 }
  readonly spec: RunSpec
  readonly #events: RunEvents
  #ask: ((message: Ask) => void) | undefined
  #stop: Ask | undefined
  readonly #end = Promise.withResolvers<RunEnd>()
  readonly #reads = new Map<number, (bytes: Uint8Array) => void>()
  #lastRead = 0

  constructor(spec: RunSpec, events: RunEvents) {
    this.spec = spec
    this.#events = events
    this.command = spec.command
  }

  /** It is with a runner now, which hears what was asked before. */
  placed(ask: (message: Ask) => void): void {
    this.#ask = ask
    if (this.#stop) ask(this.#stop)
  }

  get processStartTime(): string | undefined {
    return this.progress.processStartTime
  }

  get ended(): Promise<RunEnd> {
    return this.#end.promise
  }

  stop(endedBy: EndedBy, error?: JobError): void {
    this.#stop ??= { type: 'stop', endedBy, ...(error && { error }) }
    this.#ask?.(this.#stop)
  }

  readOutput(stream: 'stdout' | 'stderr', offset: number, length: number): Promise<Uint8Array> {
    const request = ++this.#lastRead
    this.#ask?.({ type: 'read', request, stream, offset, length })
    return new Promise(resolve => this.#reads.set(request, resolve))
  }

  take(message: FromRunner): void {
    if (message.type === 'started') {
      this.pid = message.pid
      this.command = message.command
      this.startedAt = message.startedAt
      this.#events.onStarted(this)
    } else if (message.type === 'changed') {
      this.progress = message.progress
      this.#events.onChange(this)
    } else if (message.type === 'bytes') {
      this.#reads.get(message.request)?.(fromBase64(message.base64))
      this.#reads.delete(message.request)
    } else {
      this.command = message.command
      this.#finish(endOf(message.end))
    }
  }

  /** The runner has died: how the process ended cannot be known; what is left of it is ended. */
  async lose(): Promise<void> {
    const { pid, processStartTime } = this
    if (pid !== undefined) await endTree({ id: this.spec.id, pid, processStartTime }, this.spec.graceMs)
    this.#finish({
      exitCode: null,
      signal: null,
      endedBy: 'self',
      error: {
        kind: 'lost',
        message:
          'The part of the job service that ran this job ended unexpectedly, so its outcome is unknown. Rerun it if its result is needed.',
      },
      ...(this.startedAt !== undefined && { startedAt: this.startedAt }),
      endedAt: Date.now(),
      leftovers: 0,
      stdout: { bytes: new Uint8Array() },
      stderr: new Uint8Array(),
      stderrTruncated: false,
      stdoutBytes: 0,
      stderrBytes: 0,
    })
  }

  #finish(end: RunEnd): void {
    for (const resolve of this.#reads.values()) resolve(new Uint8Array())
    this.#reads.clear()
    this.#end.resolve(end)
  }
}

function endOf({ stdout, stderr, ...end }: SentEnd): RunEnd {
  return {
    ...end,
    stdout: 'file' in stdout ? stdout : { bytes: fromBase64(stdout.base64) },
    stderr: fromBase64(stderr),
  }
}
