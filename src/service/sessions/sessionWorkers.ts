// The workers that windows hold for their requests: each belongs to one connection, holds a slot while a request runs,
// and ends with its window.
import type { JobError, WorkerExit } from '../../api'
import { endError, type StoredSpec } from '../../core/jobs/job'
import { LOCAL_QUEUE } from '../../core/jobs/queueConfig'
import type { WorkerReply, WorkerRequest, WorkerValue } from '../../core/jobs/workerRequests'
import type { WorkerInfo } from '../../core/protocol/facts'
import { MAX_PENDING_BYTES } from '../../core/protocol/limits'
import { toBase64 } from '../../run/base/runnerProtocol'
import type { RunEnd, RunSpec } from '../../run/base/runTypes'
import type { Signal } from '../base/signal'
import { SlotLease } from '../pools/slotLease'
import { endedWithProcess, type TaskOrder, type WorkerProxy, type WorkerProxyEvents } from '../runners/workerProxy'
import type { ArrayFiles } from '../state/arrayFiles'
import type { Session } from './session'
import { WorkerLog } from './workerLog'

export interface SessionWorkersHost {
  readonly arrays: ArrayFiles
  startWorker(queue: string, spec: RunSpec, events: WorkerProxyEvents): WorkerProxy
  specOf(id: string, spec: StoredSpec, environment: string): RunSpec
  orderOf(request: WorkerRequest): TaskOrder
  /** Runs something with the next free slots of a queue. */
  takeSlots(queue: string, cores: number, run: () => Promise<void>): void
  readonly viewChanged: Signal
}

export class SessionWorkers {
  readonly #host: SessionWorkersHost
  readonly #workers = new Map<string, SessionWorker>()
  #isClosed = false

  constructor(host: SessionWorkersHost) {
    this.#host = host
  }

  start(p: { id: string; owner: string; environment: string; spec: StoredSpec }, session: Session): void {
    if (this.#workers.has(p.id)) return
    const spec = this.#host.specOf(p.id, p.spec, p.environment)
    const gone = () => this.#workers.delete(p.id)
    const { owner } = p
    const { queue = LOCAL_QUEUE } = p.spec
    this.#workers.set(p.id, new SessionWorker({ spec, owner, queue }, session, this.#host, gone))
    this.#host.viewChanged.emit()
  }

  /** @throws Error when its input would have to be asked for: only jobs wait for that */
  async request(id: string, request: WorkerRequest): Promise<WorkerReply> {
    if ('ask' in request.input) throw new Error('A request must come with its input.')
    const worker = this.#workers.get(id)
    if (worker && !this.#isClosed) return worker.request(request)
    await this.#host.arrays.forgetInputs(request.id)
    return { ended: true }
  }

  /** @throws Error when there is no such worker (any more) */
  cancel(id: string, requests: readonly string[]): void {
    const worker = this.#workers.get(id)
    if (!worker || this.#isClosed) throw new Error('This worker has ended.')
    worker.cancel(requests)
  }

  /** The window has read the files of these answers. */
  async release(worker: string, ids: readonly string[]): Promise<void> {
    this.#workers.get(worker)?.release(ids)
    await this.#host.arrays.forget(new Set(ids))
  }

  /** @returns how many have been asked to end */
  stop(ids: ReadonlySet<string> | undefined): number {
    const named = [...this.#workers].filter(([id]) => !ids || ids.has(id))
    for (const [, worker] of named) worker.finish()
    return named.length
  }

  /** The service ends. */
  close(): void {
    this.#isClosed = true
    for (const worker of this.#workers.values()) worker.abandon()
  }

  /** A connection has closed: its workers are not used any more. */
  connectionClosed(session: Session): void {
    for (const worker of this.#workers.values()) if (worker.session === session) worker.abandon()
  }

  get all(): WorkerInfo[] {
    return [...this.#workers.values()].map(worker => worker.info)
  }
}

class SessionWorker {
  readonly session: Session
  readonly #spec: RunSpec
  readonly #owner: string
  readonly #queue: string
  readonly #host: SessionWorkersHost
  readonly #proxy: WorkerProxy
  readonly #onGone: () => void
  readonly #log: WorkerLog
  #isWanted = true
  #isLeaving = false
  #served = 0
  /** Requests that wait for a slot. */
  readonly #waiting = new Map<string, WorkerRequest>()
  readonly #answers = new Map<string, (reply: WorkerReply) => void>()
  readonly #tasks = new Map<string, { stop(endedBy: 'user', error?: JobError): void }>()
  readonly #slot = new SlotLease()
  /** Requests that ended with the process: answered when it is known how that ended. */
  readonly #unanswered: WorkerRequest[] = []
  /** Requests whose answers are in files that the window has not read yet. */
  readonly #unread = new Set<string>()

  constructor(
    { spec, owner, queue }: { spec: RunSpec; owner: string; queue: string },
    session: Session,
    host: SessionWorkersHost,
    onGone: () => void,
  ) {
    this.#spec = spec
    this.#owner = owner
    this.#queue = queue
    this.session = session
    this.#host = host
    this.#onGone = onGone
    const worker = spec.id
    this.#log = new WorkerLog(session, worker)
    this.#proxy = host.startWorker(queue, spec, {
      onReady: () => session.send({ type: 'workerReady', worker }),
      onChange: () => host.viewChanged.emit(),
      onTasksEnded: () => this.#releaseIfIdle(),
      onMessage: message => this.#sendMessage(message),
      onText: text => this.#log.write(text),
      onEnd: end => this.#ended(end),
    })
  }

  /** What a window does not read fast enough would pile up. */
  get #keepsUp(): boolean {
    return this.session.pendingBytes <= MAX_PENDING_BYTES
  }

  #sendMessage(message: WorkerValue): void {
    if (this.#keepsUp) this.session.send({ type: 'workerMessage', worker: this.#spec.id, message })
    else
      this.#proxy.stop('limit', {
        kind: 'protocol',
        message: 'Ended because it sends messages faster than its window takes them.',
      })
  }

  request(request: WorkerRequest): Promise<WorkerReply> {
    const answer = new Promise<WorkerReply>(resolve => this.#answers.set(request.id, resolve))
    this.#waiting.set(request.id, request)
    if (this.#slot.isHeld) this.#assign()
    else
      this.#slot.request(
        run => this.#host.takeSlots(this.#queue, this.#spec.cores, run),
        () => {
          this.#assign()
          this.#releaseIfIdle()
        },
      )
    return answer
  }

  cancel(ids: readonly string[]): void {
    for (const id of ids) {
      const waiting = this.#waiting.get(id)
      this.#waiting.delete(id)
      if (waiting) this.#answer(waiting, { error: aborted })
      else this.#tasks.get(id)?.stop('user')
    }
  }

  release(ids: readonly string[]): void {
    for (const id of ids) this.#unread.delete(id)
  }

  finish(): void {
    this.#isLeaving = true
    this.#proxy.finish()
    this.#host.viewChanged.emit()
  }

  abandon(): void {
    this.#isWanted = false
    for (const request of this.#waiting.values()) this.#answer(request, { error: neverBegun })
    this.#waiting.clear()
    this.#proxy.stop('shutdown')
  }

  get info(): WorkerInfo {
    return { ...this.#proxy.info(this.#slot.isHeld, this.#isLeaving), owner: this.#owner, served: this.#served }
  }

  #assign(): void {
    for (const request of this.#waiting.values()) {
      const task = this.#proxy.assign(this.#host.orderOf(request), {
        onChange: ({ progress: { progress } }) => {
          if (progress && this.#keepsUp)
            this.session.send({ type: 'workerProgress', worker: this.#spec.id, id: request.id, progress })
        },
        onEnd: (_, end) => this.#reply(request, end),
        onReturned: () => this.#reply(request, undefined),
      })
      this.#tasks.set(request.id, task)
    }
    this.#waiting.clear()
    this.#proxy.flush()
    this.#host.viewChanged.emit()
  }

  #releaseIfIdle(): void {
    if (!this.#slot.isHeld || this.#proxy.openTasks > 0) return
    this.#slot.release()
    this.#host.viewChanged.emit()
  }

  #reply(request: WorkerRequest, end: RunEnd | undefined): void {
    this.#tasks.delete(request.id)
    if (!end || endedWithProcess(end)) {
      this.#unanswered.push(request)
      return
    }
    if (end.answered) this.#served++
    if (end.arrays || 'file' in end.stdout) this.#unread.add(request.id)
    const reply = replyOf(end)
    this.#answer(request, end.progress ? { ...reply, progress: end.progress } : reply)
  }

  /** The files of its input are not needed any more. */
  #answer({ id, input }: WorkerRequest, reply: WorkerReply): void {
    if ('arrays' in input || 'file' in input) void this.#host.arrays.forgetInputs(id)
    this.#answers.get(id)?.(reply)
    this.#answers.delete(id)
  }

  #ended(end: RunEnd): void {
    this.#onGone()
    const unanswered = [...this.#unanswered, ...this.#waiting.values()]
    this.#waiting.clear()
    const exit = exitOf(end, this.#isLeaving)
    // After the last answers. The window ends open requests with what the exit says; a reply comes too late then.
    setImmediate(() => {
      this.#log.flush()
      this.session.send({ type: 'workerExit', worker: this.#spec.id, exit })
      for (const request of unanswered) this.#answer(request, { error: neverBegun })
    })
    const unclaimed = [...unanswered.map(({ id }) => id), ...(this.#isWanted ? [] : this.#unread)]
    if (unclaimed.length > 0) void this.#host.arrays.forget(new Set(unclaimed))
    this.#slot.release()
    this.#host.viewChanged.emit()
  }
}

const aborted: JobError = { kind: 'service', message: 'The request was aborted.' }
const neverBegun: JobError = { kind: 'exit', message: 'The worker ended before it had answered.' }

function replyOf({ stdout, stderr, error, answered, arrays }: RunEnd): WorkerReply {
  if (error?.kind === 'handler' && stderr.length > 0)
    return { error: { ...error, traceback: new TextDecoder().decode(stderr) } }
  if (error) return { error }
  if (!answered) return { error: aborted }
  const value = 'file' in stdout ? stdout : { base64: toBase64(stdout.bytes) }
  return { value: arrays ? { ...value, arrays: true } : value }
}

function exitOf(end: RunEnd, wasAsked: boolean): WorkerExit {
  const { exitCode, signal } = end
  const stderr = new TextDecoder().decode(end.stderr)
  return { exitCode, signal, stderr, ...(!wasAsked && { error: whyOf(end) }) }
}

/** One sentence for the end of a worker that was not asked to end. */
function whyOf(end: RunEnd): JobError {
  const { kind, message } = endError(end)
  return { kind, message: end.error ? message : `The worker ended by itself. ${message}` }
}
