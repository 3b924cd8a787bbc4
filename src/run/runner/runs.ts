// All that a runner has under way, jobs and workers, by the numbers that the service gave them: starts them, passes on what
// the service sends, decides when their reports are sent, and ends them all.
import type { JobError } from '../../api'
import { MAX_PENDING_BYTES, UPDATE_INTERVAL_MS } from '../../core/protocol/limits'
import {
  type FileRequest,
  type FromRunner,
  fromBase64,
  type SentSpec,
  sendEnd,
  type ToRun,
  type ToRunner,
  toBase64,
} from '../base/runnerProtocol'
import type { RunSpec } from '../base/runTypes'
import { reasonOf } from '../base/startError'
import { unobservedEnd } from '../base/unobservedEnd'
import { mergeEnvironment, scrubEnvironment } from '../process/environment'
import type { ProtocolRunSpec } from '../worker/oneShot'
import { onFileRequest } from './runnerFiles'
import { RunnerJob } from './runnerJob'
import type { Report, RunnerHost, RunnerRun } from './runnerRun'
import { RunnerWorker } from './runnerWorker'
import { Slots, WaitingJob } from './slots'

const delayMs: Readonly<Record<Report, number>> = {
  /** A job that ends within this time causes one message, that of its end: half of the messages, and nobody sees it run. */
  start: 10,
  /** While the worker has enough to do. */
  taskEnds: 5,
  /** For every chunk of output and every message. */
  changes: UPDATE_INTERVAL_MS,
}

/** With more than this not read yet, over a connection that was lost for example, changes wait: the next report has the latest. */
const MAX_UNREAD_BYTES = MAX_PENDING_BYTES / 2

const fileRequests: readonly string[] = [
  'readFile',
  'sizeOfFile',
  'writeFile',
  'makeFolder',
  'copyFile',
  'findFiles',
  'remove',
] satisfies FileRequest['type'][]

function isFileRequest(message: ToRunner): message is FileRequest {
  return fileRequests.includes(message.type)
}

function ownEnvironment({ changes }: Extract<ToRunner, { type: 'ownEnvironment' }>): Readonly<Record<string, string>> {
  return mergeEnvironment(scrubEnvironment(process.env), changes)
}

export class Runs implements RunnerHost {
  readonly #runs = new Map<number, RunnerRun>()
  readonly #environments = new Map<number, Readonly<Record<string, string>>>()
  readonly #slots = new Slots()
  /** Reports that are to be sent soon. */
  readonly #due = new Set<Report>()
  #isLeaving = false

  /** @param pendingBytes that were sent and have not been read yet */
  constructor(
    readonly send: (message: FromRunner, bytes?: Uint8Array) => void,
    readonly pendingBytes: () => number,
  ) {}

  /** A fault with one message must not lose those behind it; what it was to start ends with a sentence. */
  onMessage(message: ToRunner, bytes?: Uint8Array): void {
    try {
      this.#handle(message, bytes)
    } catch (error) {
      console.error('Unexpected in a runner:', error)
      if (message.type !== 'start' && message.type !== 'startWorker') return
      const { run, spec } = message
      const why: JobError = { kind: 'service', message: `It could not be started: ${reasonOf(error)}.` }
      this.end({ type: 'ended', run, command: spec.command, end: sendEnd(unobservedEnd(why)) })
    }
  }

  #handle(message: ToRunner, bytes?: Uint8Array): void {
    if (message.type === 'start') this.#start(message)
    else if (message.type === 'startWorker') this.#startWorker(message)
    else if (message.type === 'slots') this.#slots.set(message.slots)
    else if (message.type === 'ping') this.send({ type: 'pong', run: 0 })
    else if (message.type === 'environment') this.#environments.set(message.environment, message.vars)
    else if (message.type === 'ownEnvironment') this.#environments.set(message.environment, ownEnvironment(message))
    else if (message.type === 'forgetEnvironment') this.#environments.delete(message.environment)
    else if (message.type === 'forget' || message.type === 'forgetTasks')
      return // for who keeps a journal
    else if (isFileRequest(message)) void onFileRequest(message, bytes, this.send)
    else this.#pass(message)
  }

  #start({ run, spec }: Extract<ToRunner, { type: 'start' }>): void {
    const runSpec = this.#runSpec(spec)
    const begin = () => {
      const job = new RunnerJob(run, runSpec, this)
      this.#runs.set(run, job)
      return job.ended
    }
    const waiting = new WaitingJob(run, runSpec, this, begin)
    this.#runs.set(run, waiting)
    if (this.#isLeaving) waiting.return()
    else this.#slots.add(waiting)
  }

  #startWorker({ run, spec, isConcurrent }: Extract<ToRunner, { type: 'startWorker' }>): void {
    this.#runs.set(run, new RunnerWorker(run, this.#runSpec(spec) as ProtocolRunSpec, isConcurrent, this))
  }

  #runSpec({ environment, stdin, ...spec }: SentSpec): RunSpec {
    return {
      ...spec,
      env: this.#environments.get(environment) ?? {},
      ...(stdin && { stdin: 'file' in stdin ? stdin : { bytes: fromBase64(stdin.base64) } }),
    }
  }

  /** What is for a run that has ended is left: the service knows or will, and keeps the tasks of a worker. */
  #pass(message: ToRun): void {
    const run = this.#runs.get(message.run)
    if (message.type === 'stop') run?.stop(message.endedBy, message.error)
    else if (message.type === 'read') void this.#read(message, run)
    else run?.onRequest?.(message)
  }

  async #read(message: Extract<ToRun, { type: 'read' }>, found: RunnerRun | undefined): Promise<void> {
    const bytes = await found?.read(message)?.catch(() => undefined)
    const { run, request } = message
    this.send({ type: 'bytes', run, request, base64: bytes ? toBase64(bytes) : '' })
  }

  reportSoon(what: Report): void {
    if (this.#due.has(what)) return
    this.#due.add(what)
    setTimeout(() => {
      this.#due.delete(what)
      if (what === 'changes' && this.pendingBytes() > MAX_UNREAD_BYTES) return this.reportSoon(what)
      for (const run of this.#runs.values()) run.report(what)
    }, delayMs[what])
  }

  end(ended: Extract<FromRunner, { type: 'ended' }>): void {
    this.#runs.delete(ended.run)
    this.send(ended)
  }

  /** Where it is may not be used any more: what runs ends and is lost, what waits goes back. */
  async leave(error: JobError): Promise<void> {
    this.#isLeaving = true
    const runs = [...this.#runs.values()]
    for (const run of runs)
      if (run instanceof WaitingJob) run.return()
      else run.stop('limit', error)
    await Promise.all(runs.map(run => run.ended))
  }

  /** The service has gone: there is nobody left for the results. */
  async stopAll(): Promise<void> {
    const runs = [...this.#runs.values()]
    for (const run of runs) run.stop('shutdown')
    await Promise.all(runs.map(run => run.ended))
  }
}
