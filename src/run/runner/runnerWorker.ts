// One worker of a runner: gives it its tasks and reports to the service what becomes of these, in lists.
import { randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { EndedBy, JobError } from '../../api'
import { MAX_INLINE_BYTES, MAX_PENDING_BYTES } from '../../core/protocol/limits'
import { inLists } from '../../core/protocol/lists'
import {
  fromBase64,
  type SentEnd,
  type SentTask,
  sendEnd,
  type ToRun,
  type ToWorker,
  toBase64,
} from '../base/runnerProtocol'
import type { Run, RunEnd } from '../base/runTypes'
import { retryWhileShort } from '../base/shortage'
import { reasonOf } from '../base/startError'
import type { AssignedTask } from '../worker/assignedTask'
import type { ProtocolRunSpec } from '../worker/oneShot'
import { PrintedText } from '../worker/printedText'
import type { TaskInput, TaskSpec } from '../worker/task'
import { Worker, type WorkerEvents } from '../worker/worker'
import type { RawMessage } from '../worker/workerReader'
import type { Report, RunnerHost, RunnerRun } from './runnerRun'

const floodError: JobError = {
  kind: 'protocol',
  message: 'Ended because it sends messages faster than they are taken.',
}

export class RunnerWorker implements RunnerRun, WorkerEvents {
  readonly #worker: Worker
  /** Tasks that were assigned and have not ended. */
  #open = 0
  /** How often tasks have been returned. */
  #returns = 0
  /** With so few left it is time to send ends: more tasks come before the worker has nothing to do. */
  #lowWater = 0
  readonly #changedTasks = new Set<AssignedTask>()
  /** Its own memory and CPU time. */
  #hasChanged = false
  readonly #printed = new PrintedText()
  /** Messages are sent in order, also when one goes through a file. */
  #sending: Promise<void> = Promise.resolve()
  #ends: { task: number; end: SentEnd }[] = []
  #durationMs = 0

  constructor(
    private readonly run: number,
    private readonly spec: ProtocolRunSpec,
    private readonly isConcurrent: boolean,
    private readonly host: RunnerHost,
  ) {
    this.#worker = new Worker(spec, isConcurrent, this)
  }

  get ended(): Promise<unknown> {
    return this.#worker.ended
  }

  stop(endedBy: EndedBy, error?: JobError): void {
    this.#worker.stop(endedBy, error)
  }

  read({ task, stream, offset, length }: Extract<ToRun, { type: 'read' }>): Promise<Uint8Array> | undefined {
    return this.#worker.task(task ?? 0)?.read(stream, offset, length)
  }

  onRequest(message: ToWorker): void {
    if (message.type === 'tasks') this.#assign(message)
    else if (message.type === 'stopTask') this.#worker.stopTask(message.task, message.endedBy, message.error)
    else if (message.type === 'finish') this.#worker.finish()
    else message satisfies never
  }

  report(what: Report): void {
    if (what === 'changes') this.#sendChanges()
    else if (what === 'taskEnds') this.#sendEnds()
  }

  /** Tasks that the service sent before it knew of a return are returned too, so that the order is kept. */
  #assign({ tasks, returns }: Extract<ToWorker, { type: 'tasks' }>): void {
    if (returns < this.#returns) {
      const numbers = tasks.map(({ task }) => task)
      this.#return(numbers)
      return
    }
    this.#open += tasks.length
    this.#lowWater = Math.floor(this.#open / 2)
    for (const task of tasks) this.#worker.assign(task.task, specOf(task))
  }

  onStarted({ pid = 0, command, startedAt = 0 }: Run): void {
    this.host.send({ type: 'started', run: this.run, pid, command, startedAt })
  }

  onReady(): void {
    this.host.send({ type: 'ready', run: this.run })
  }

  onChange(): void {
    this.#hasChanged = true
    this.host.reportSoon('changes')
  }

  onTaskChange(task: AssignedTask): void {
    this.#changedTasks.add(task)
    this.host.reportSoon('changes')
  }

  onTaskEnd(task: AssignedTask, end: RunEnd): void {
    this.#changedTasks.delete(task)
    this.#ends.push({ task: task.number, end: sendEnd(end) })
    this.#durationMs += task.durationMs
    if (--this.#open <= this.#lowWater) this.#sendEnds()
    else this.host.reportSoon('taskEnds')
  }

  onReturned(tasks: readonly AssignedTask[]): void {
    this.#open -= tasks.length
    const numbers = tasks.map(({ number }) => number)
    this.#return(numbers)
  }

  onMessage(value: unknown, raw: RawMessage): void {
    if (!this.isConcurrent) return // from a worker of a pool nobody expects more than answers
    const bytes = 'chunks' in raw ? Buffer.concat(raw.chunks) : Buffer.from(JSON.stringify(value))
    if (this.host.pendingBytes() > MAX_PENDING_BYTES) this.#worker.stop('limit', floodError)
    else this.#sending = this.#sending.then(() => this.#sendMessage(bytes))
  }

  onText(text: Buffer): void {
    if (!this.isConcurrent) return
    this.#printed.push(text)
    this.host.reportSoon('changes')
  }

  onEnd(end: RunEnd, command: readonly string[]): void {
    void this.#sending.then(() => {
      this.#sendText(true)
      this.#sendEnds()
      this.host.end({ type: 'ended', run: this.run, command, end: sendEnd(end) })
    })
  }

  #sendChanges(): void {
    const { run } = this
    const worker = this.#worker
    if (this.#hasChanged) this.host.send({ type: 'changed', run, progress: worker.run.progress })
    this.#hasChanged = false
    for (const task of this.#changedTasks) {
      const { number, startedAt } = task
      const progress = worker.progressOf(task)
      this.host.send({
        type: 'taskChanged',
        run,
        task: number,
        ...(startedAt !== undefined && { startedAt }),
        progress,
      })
    }
    this.#changedTasks.clear()
    this.#sendText(false)
  }

  #sendEnds(): void {
    if (this.#ends.length === 0) return
    const msPerTask = this.#durationMs / this.#ends.length
    for (const ends of inLists(this.#ends, endBytes))
      this.host.send({ type: 'tasksEnded', run: this.run, ms: msPerTask * ends.length, ends })
    this.#ends = []
    this.#durationMs = 0
    this.#lowWater = Math.floor(this.#open / 2)
  }

  #return(tasks: readonly number[]): void {
    this.#returns++
    this.host.send({ type: 'returned', run: this.run, tasks })
  }

  #sendText(isLast: boolean): void {
    const text = this.#printed.take(isLast)
    if (text !== '') this.host.send({ type: 'text', run: this.run, text })
  }

  async #sendMessage(bytes: Uint8Array): Promise<void> {
    const { run, host } = this
    if (bytes.length <= MAX_INLINE_BYTES) {
      host.send({ type: 'message', run, message: { base64: toBase64(bytes) } })
      return
    }
    const file = join(dirname(this.spec.spoolFile), `${randomUUID()}.message`)
    try {
      await retryWhileShort(() => writeFile(file, bytes, { mode: 0o600 }))
      host.send({ type: 'message', run, message: { file, bytes: bytes.length } })
    } catch (error) {
      host.send({ type: 'text', run, text: `[a message of ${bytes.length} bytes was lost: ${reasonOf(error)}]\n` })
    }
  }
}

/** About how many bytes an end takes in a message. */
function endBytes({ end: { stdout, stderr } }: { end: SentEnd }): number {
  return 500 + ('base64' in stdout ? stdout.base64.length : 0) + stderr.length
}

function specOf({ id, timeoutMs, noOutputTimeoutMs, ...sent }: SentTask): TaskSpec {
  const input = inputOf(sent)
  return {
    id,
    ...(input && { input }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(noOutputTimeoutMs !== undefined && { noOutputTimeoutMs }),
  }
}

function inputOf({ text, base64, file }: Pick<SentTask, 'text' | 'base64' | 'file'>): TaskInput | undefined {
  if (text !== undefined) return { text }
  if (base64 !== undefined) return { bytes: fromBase64(base64) }
  return file === undefined ? undefined : { file }
}
