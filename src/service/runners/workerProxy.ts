// A worker that a runner has started, and the tasks that it has been given, as the service sees them.
import type { EndedBy, JobError } from '../../api'
import type { StoredInput } from '../../core/jobs/job'
import type { OutputStream, WorkerInfo } from '../../core/protocol/facts'
import { inLists } from '../../core/protocol/lists'
import type { StoredBytes } from '../../core/values/storedBytes'
import { type FromRunner, receiveEnd, type SentTask } from '../../run/base/runnerProtocol'
import type { Attempt, RunEnd, RunProgress, RunSpec } from '../../run/base/runTypes'
import { unobservedEnd } from '../../run/base/unobservedEnd'
import { endTree } from '../../run/os/treeTermination'
import { PendingReads } from './pendingReads'
import { type Elsewhere, lostEnd, type ProcessProxy, type RunnerRequest, type Stopped } from './runProxy'

export interface TaskEvents {
  /** It is with the worker, has printed or has announced progress. */
  onChange(task: TaskProxy): void
  onEnd(task: TaskProxy, end: RunEnd): void
  /** It was never begun, and its worker takes no more or is busy with something longer. */
  onReturned(task: TaskProxy): void
}

export interface WorkerProxyEvents {
  onReady(): void
  /** Its pid, its memory. */
  onChange(): void
  /** After the end of each task was reported; it had them for `ms` milliseconds taken together. */
  onTasksEnded(count: number, ms: number): void
  /** Only of a worker that gets requests; one that gets jobs only answers. */
  onMessage?(message: StoredBytes): void
  onText?(text: string): void
  /** After all its tasks. */
  onEnd(end: RunEnd): void
}

/** What a task is made of; its limits are per attempt. */
export interface TaskOrder {
  id: string
  input: StoredInput | undefined
  timeoutMs?: number
  noOutputTimeoutMs?: number
}

export class WorkerProxy implements ProcessProxy {
  readonly spec: RunSpec
  readonly isConcurrent: boolean
  readonly #elsewhere: Pick<Elsewhere, 'host' | 'lost'> | undefined
  command: readonly string[]
  pid: number | undefined
  startedAt: number | undefined
  isReady = false
  hasEnded = false
  progress: RunProgress = { stdoutBytes: 0, stderrBytes: 0 }
  readonly #events: WorkerProxyEvents
  readonly #tasks = new Map<number, TaskProxy>()
  #sendToRunner: ((request: RunnerRequest) => void) | undefined
  /** What was sent to a runner that has not answered yet: it is sent again to the next one. */
  #unconfirmed: RunnerRequest[] | undefined = []
  /** Tasks that the next `flush` sends. */
  #unsent: SentTask[] = []
  readonly #reads = new PendingReads()
  #last = 0
  /** How often tasks have come back. */
  #returns = 0

  /** @param elsewhere when its runner is not on this machine */
  constructor(
    spec: RunSpec,
    isConcurrent: boolean,
    events: WorkerProxyEvents,
    elsewhere?: Pick<Elsewhere, 'host' | 'lost'>,
  ) {
    this.#elsewhere = elsewhere
    this.spec = spec
    this.isConcurrent = isConcurrent
    this.command = spec.command
    this.#events = events
  }

  get host(): string | undefined {
    return this.#elsewhere?.host
  }

  /** How many tasks it has been given that have not ended. */
  get openTasks(): number {
    return this.#tasks.size
  }

  /** What is shown of it, besides what its owner knows. */
  info(isBusy: boolean, isLeaving: boolean): Omit<WorkerInfo, 'served'> {
    const { spec, pid, startedAt, command, isReady, progress } = this
    return {
      id: spec.id,
      name: spec.name,
      state: isLeaving ? 'stopping' : !isReady ? 'starting' : isBusy ? 'busy' : 'idle',
      command,
      ...(pid !== undefined && { pid }),
      ...(startedAt !== undefined && { startedAt }),
      ...(progress.memoryBytes !== undefined && { memoryBytes: progress.memoryBytes }),
    }
  }

  attach(send: (request: RunnerRequest) => void): void {
    this.#sendToRunner = send
    for (const request of this.#unconfirmed ?? []) send(request)
  }

  detach(): void {
    this.#sendToRunner = undefined
  }

  /** No runner has it, so that no answer would come. */
  get #isDetached(): boolean {
    return !this.#sendToRunner && !this.hasEnded
  }

  #send(request: RunnerRequest): void {
    this.#unconfirmed?.push(request)
    this.#sendToRunner?.(request)
  }

  /** The next `flush` sends it, so that tasks that are assigned together travel together. */
  assign(order: TaskOrder, events: TaskEvents): TaskProxy {
    const task = new TaskProxy(this, ++this.#last, events)
    this.#unsent.push(sentTask(task.number, order))
    this.#tasks.set(task.number, task)
    return task
  }

  flush(): void {
    if (this.#unsent.length === 0) return
    for (const tasks of inLists(this.#unsent, sentBytes)) this.#send({ type: 'tasks', tasks, returns: this.#returns })
    this.#unsent = []
  }

  /** What was assigned since the last `flush` comes back. */
  recall(): void {
    const tasks = this.#unsent
    this.#unsent = []
    for (const { task } of tasks) this.#return(task)
  }

  /** Takes no more tasks; ends when it has answered. */
  finish(): void {
    this.#send({ type: 'finish' })
    if (this.#isDetached) this.#finish(unobservedEnd(undefined))
  }

  stop(endedBy: EndedBy, error?: JobError): void {
    this.#send({ type: 'stop', endedBy, ...(error && { error }) })
    if (this.#isDetached) this.#finish(unobservedEnd(error, endedBy))
  }

  stopTask(task: number, endedBy: EndedBy, error?: JobError): void {
    this.#send({ type: 'stopTask', task, endedBy, ...(error && { error }) })
    if (!this.#isDetached) return
    this.#end(task, unobservedEnd(error, endedBy))
    this.#events.onTasksEnded(1, Number.POSITIVE_INFINITY) // which does not measure its pace
  }

  readOutput(task: number, stream: OutputStream, offset: number, length: number): Promise<Uint8Array> {
    if (this.hasEnded) return Promise.resolve(new Uint8Array())
    return this.#reads.begin(request => this.#send({ type: 'read', task, request, stream, offset, length }))
  }

  onMessage(message: FromRunner): void {
    this.#unconfirmed = undefined
    switch (message.type) {
      case 'started':
        this.pid = message.pid
        this.command = message.command
        this.startedAt = message.startedAt
        this.#events.onChange()
        return
      case 'changed':
        this.progress = message.progress
        this.#events.onChange()
        return
      case 'ready':
        this.isReady = true
        this.#events.onReady()
        return
      case 'taskChanged':
        this.#tasks.get(message.task)?.changed(message.startedAt, message.progress)
        return
      case 'tasksEnded':
        for (const { task, end } of message.ends) this.#end(task, receiveEnd(end))
        this.#events.onTasksEnded(message.ends.length, message.ms)
        return
      case 'returned':
        this.#returns++
        for (const task of message.tasks) this.#return(task)
        return
      case 'message':
        this.#events.onMessage?.(message.message)
        return
      case 'text':
        this.#events.onText?.(message.text)
        return
      case 'bytes':
        this.#reads.onBytes(message)
        return
      case 'ended':
        this.#finish(receiveEnd(message.end))
    }
  }

  async onRunnerExit(): Promise<void> {
    this.hasEnded = true
    const { pid, spec } = this
    const { processStartTime } = this.progress
    const lost = this.#elsewhere?.lost
    const ending = lost === undefined && endTree({ id: spec.id, pid, processStartTime }, spec.graceMs)
    const { notEnded } = (await ending) || {}
    for (const [number, { stopped }] of [...this.#tasks])
      this.#end(number, lostEnd(this.startedAt, notEnded, stopped, lost))
    this.#finish(lostEnd(this.startedAt, notEnded, undefined, lost))
  }

  #end(number: number, end: RunEnd): void {
    const task = this.#tasks.get(number)
    this.#tasks.delete(number)
    task?.ended(end)
  }

  #return(number: number): void {
    const task = this.#tasks.get(number)
    this.#tasks.delete(number)
    task?.returned()
  }

  /** What the runner has not mentioned was on its way to a worker that had ended: it was never begun. */
  #finish(end: RunEnd): void {
    this.hasEnded = true // before what is returned looks for a worker
    for (const number of [...this.#tasks.keys()]) this.#return(number)
    this.#reads.endAll()
    this.#events.onEnd(end)
  }
}

/** A job or request that a worker has been given. */
export class TaskProxy implements Attempt {
  stopped: Stopped | undefined
  startedAt: number | undefined
  progress: RunProgress = { stdoutBytes: 0, stderrBytes: 0 }

  constructor(
    readonly worker: WorkerProxy,
    readonly number: number,
    private readonly events: TaskEvents,
  ) {}

  get pid(): number | undefined {
    return this.worker.pid
  }

  get host(): string | undefined {
    return this.worker.host
  }

  get processStartTime(): string | undefined {
    return this.worker.progress.processStartTime
  }

  get command(): readonly string[] {
    return this.worker.command
  }

  stop(endedBy: EndedBy, error?: JobError): void {
    this.stopped ??= { endedBy, ...(error && { error }) }
    this.worker.stopTask(this.number, endedBy, error)
  }

  readOutput(stream: OutputStream, offset: number, length: number): Promise<Uint8Array> {
    return this.worker.readOutput(this.number, stream, offset, length)
  }

  changed(startedAt: number | undefined, progress: RunProgress): void {
    if (startedAt !== undefined) this.startedAt = startedAt
    this.progress = progress
    this.events.onChange(this)
  }

  ended(end: RunEnd): void {
    if (end.startedAt !== undefined) this.startedAt = end.startedAt
    this.events.onEnd(this, end)
  }

  returned(): void {
    this.events.onReturned(this)
  }
}

/** Whether a task ended because its process did. */
export function endedWithProcess({ exitCode, signal }: RunEnd): boolean {
  return exitCode !== null || signal !== null
}

function sentBytes({ text, base64 }: SentTask): number {
  return 200 + (text?.length ?? 0) + (base64?.length ?? 0)
}

function sentTask(task: number, { id, input, timeoutMs, noOutputTimeoutMs }: TaskOrder): SentTask {
  return {
    task,
    id,
    ...inputOf(input),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(noOutputTimeoutMs !== undefined && { noOutputTimeoutMs }),
  }
}

function inputOf(input: StoredInput | undefined): Pick<SentTask, 'text' | 'base64' | 'file' | 'arrays'> {
  if (!input) return {}
  if ('text' in input) return { text: input.text }
  const arrays = 'arrays' in input && input.arrays ? { arrays: input.arrays } : {}
  if ('base64' in input) return { base64: input.base64, ...arrays }
  if ('file' in input) return { file: input.file, ...arrays }
  throw new Error('A job was started before its stdin function had answered.')
}
