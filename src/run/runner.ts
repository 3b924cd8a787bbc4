// A runner: starts and watches process trees for the job service. It is a process of its own because `spawn` blocks its
// caller; several runners start jobs at the same time, and the service is never blocked. When the service dies, its runners
// end their jobs.
import { Socket } from 'node:net'
import type { JobError } from '../api'
import { UPDATE_INTERVAL_MS } from '../core/protocol/limits'
import { readLines, TurnWriter } from '../core/protocol/wire'
import {
  CHANNEL_FD,
  type FromRunner,
  fromBase64,
  type SentSpec,
  sendEnd,
  type ToRunner,
  toBase64,
} from './base/runnerProtocol'
import type { Run, RunEnd, RunEvents, RunSpec } from './base/runTypes'
import { reasonOf } from './base/startError'
import { unobservedEnd } from './base/unobservedEnd'
import { startRun } from './job/runJob'
import { type ProtocolRunSpec, startOneShot } from './worker/oneShot'
import { RunnerWorkers } from './worker/runnerWorkers'

/** More than the longest message, that with an environment or a spec of many words. */
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024

/** A job that ends within this time causes one message, that of its end: half of the messages, and nobody sees it run. */
const REPORT_STARTED_MS = 10

export function serveRuns(): void {
  const socket = new Socket({ fd: CHANNEL_FD })
  socket.setEncoding('utf8')
  const writer = new TurnWriter<FromRunner>(socket)
  const runs = new Runs(
    message => void writer.write(message).catch(() => undefined),
    () => socket.writableLength,
  )
  readLines<ToRunner>(socket, MAX_MESSAGE_BYTES, message => runs.onMessage(message))
  socket.on('error', () => undefined) // `close` follows
  socket.on('close', () => void runs.stopAll().then(() => process.exit(0)))
  // A fault in one place must not end all its jobs.
  process.on('uncaughtException', error => console.error('Unexpected in a runner:', error))
  // A signal that is meant for the service goes to its whole group; the service decides what becomes of the jobs.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined)
}

/** Messages that are for workers alone: one that has ended needs them no more. */
type ForWorkers = 'tasks' | 'stopTask' | 'finish'

class Runs {
  readonly #send: (message: FromRunner) => void
  readonly #environments = new Map<number, Readonly<Record<string, string>>>()
  readonly #runs = new Map<number, Run>()
  readonly #changed = new Map<number, Run>()
  /** Started a moment ago. */
  readonly #started = new Map<number, Run>()
  readonly #workers: RunnerWorkers
  #timer: NodeJS.Timeout | undefined
  #startedTimer: NodeJS.Timeout | undefined

  constructor(send: (message: FromRunner) => void, pendingBytes: () => number) {
    this.#send = send
    this.#workers = new RunnerWorkers(send, pendingBytes)
  }

  /** A fault with one message must not lose those behind it; what it was to start ends with a sentence. */
  onMessage(message: ToRunner): void {
    try {
      this.#handle(message)
    } catch (error) {
      console.error('Unexpected in a runner:', error)
      if (message.type !== 'start' && message.type !== 'startWorker') return
      const { run, spec } = message
      const why: JobError = { kind: 'service', message: `It could not be started: ${reasonOf(error)}.` }
      this.#runs.delete(run)
      this.#send({ type: 'ended', run, command: spec.command, end: sendEnd(unobservedEnd(why)) })
    }
  }

  #handle(message: ToRunner): void {
    if (message.type === 'start') this.#start(message.run, this.#runSpec(message.spec))
    else if (message.type === 'startWorker')
      this.#workers.start(message.run, this.#runSpec(message.spec) as ProtocolRunSpec, message.isConcurrent)
    else if (message.type === 'ping') this.#send({ type: 'pong', run: 0 })
    else if (this.#workers.onMessage(message)) return
    else if (message.type === 'stop') this.#runs.get(message.run)?.stop(message.endedBy, message.error)
    else if (message.type === 'read') void this.#read(message)
    else if (message.type === 'environment') this.#environments.set(message.environment, message.vars)
    else if (message.type === 'forgetEnvironment') this.#environments.delete(message.environment)
    else message.type satisfies ForWorkers
  }

  #runSpec({ environment, stdin, ...spec }: SentSpec): RunSpec {
    return {
      ...spec,
      env: this.#environments.get(environment) ?? {},
      ...(stdin && { stdin: 'file' in stdin ? stdin : { bytes: fromBase64(stdin.base64) } }),
    }
  }

  #start(id: number, spec: RunSpec): void {
    const events: RunEvents = {
      onStarted: started => {
        this.#started.set(id, started)
        this.#startedTimer ??= setTimeout(() => this.#sendStarted(), REPORT_STARTED_MS)
      },
      onChange: changed => this.#change(id, changed),
    }
    const run = spec.protocol ? startOneShot({ ...spec, protocol: spec.protocol }, events) : startRun(spec, events)
    this.#runs.set(id, run)
    void run.ended.then(end => this.#end(id, run, end))
  }

  #sendStarted(): void {
    clearTimeout(this.#startedTimer)
    this.#startedTimer = undefined
    for (const [run, { pid = 0, command, startedAt = 0 }] of this.#started)
      this.#send({ type: 'started', run, pid, command, startedAt })
    this.#started.clear()
  }

  /** For every chunk of output: sent at most 10 times a second. */
  #change(id: number, run: Run): void {
    this.#changed.set(id, run)
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.#sendStarted()
      for (const [changed, { progress }] of this.#changed) this.#send({ type: 'changed', run: changed, progress })
      this.#changed.clear()
    }, UPDATE_INTERVAL_MS)
  }

  #end(id: number, run: Run, end: RunEnd): void {
    this.#runs.delete(id)
    this.#changed.delete(id)
    this.#started.delete(id)
    const { pid, command } = run
    this.#send({ type: 'ended', run: id, ...(pid !== undefined && { pid }), command, end: sendEnd(end) })
  }

  async #read({ run, request, stream, offset, length }: Extract<ToRunner, { type: 'read' }>): Promise<void> {
    const bytes = await this.#runs
      .get(run)
      ?.readOutput(stream, offset, length)
      .catch(() => undefined)
    this.#send({ type: 'bytes', run, request, base64: bytes ? toBase64(bytes) : '' })
  }

  /** The service has gone: there is nobody left for the results. */
  async stopAll(): Promise<void> {
    const runs = [...this.#runs.values()]
    for (const run of runs) run.stop('shutdown')
    await Promise.all([this.#workers.stopAll(), ...runs.map(run => run.ended)])
  }
}
