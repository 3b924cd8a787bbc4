// A process that is kept alive: it is sent jobs one after the other, or requests as they come, and every one of them
// ends: with its answer, by its limit, by a cancel, or with the process.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { EndedBy, JobError } from '../../api'
import { endError } from '../../core/jobs/job'
import { encodeFrame } from '../../core/values/frames'
import { type Deadline, now, unwatch, watch } from '../base/deadlines'
import type { LocalRun, Run, RunEnd, RunProgress } from '../base/runTypes'
import { reasonOf } from '../base/startError'
import { startRun } from '../job/runJob'
import { AssignedTask, type Stopped } from './assignedTask'
import { type ProtocolRunSpec, taskContextOf } from './oneShot'
import type { Task, TaskContext, TaskSpec } from './task'
import { TaskEnds } from './taskEnds'
import { unexpectedAnswer, WorkerChannel, type WorkerMessage } from './workerChannel'
import type { RawMessage } from './workerReader'

export interface WorkerEvents {
  /** There is a process. */
  onStarted(run: Run): void
  onReady(): void
  /** Its memory, its CPU time. */
  onChange(run: Run): void
  /** It has been sent, has printed, has reported progress. */
  onTaskChange(task: AssignedTask): void
  onTaskEnd(task: AssignedTask, end: RunEnd): void
  /** They were never sent to the process, and another worker may have them. */
  onReturned(tasks: readonly AssignedTask[]): void
  /** Without being asked. */
  onMessage(value: unknown, raw: RawMessage): void
  /** What it printed or wrote for the log while no job ran. */
  onText(text: Buffer): void
  onEnd(end: RunEnd, command: readonly string[]): void
}

/** How long tasks wait behind one that takes long, before they are returned so that another worker may have them. */
const WAIT_BEHIND_MS = 20

export class Worker implements Deadline {
  /** When those that wait are returned. */
  dueAt = Number.POSITIVE_INFINITY
  readonly #spec: ProtocolRunSpec
  readonly #events: WorkerEvents
  /** Whether everything is sent as it comes; else one after the other. */
  readonly #isConcurrent: boolean
  readonly #run: LocalRun
  readonly #taskContext: TaskContext
  readonly #taskEvents = {
    source: () => this.#channel,
    onChange: (task: AssignedTask) => this.#events.onTaskChange(task),
    onLimit: (task: AssignedTask, error: JobError) => this.stopTask(task.number, 'limit', error),
    onDue: (task: AssignedTask, at: number) => this.#onTaskDue(task, at),
  }
  readonly #ends: TaskEnds
  #channel: WorkerChannel | undefined
  #canCancel = false
  /** Takes no more tasks. */
  #isClosing = false
  readonly #waiting: AssignedTask[] = []
  readonly #sent = new Map<number, AssignedTask>()
  /** Requests that ended while the process still works on them: their ids by their numbers. */
  readonly #abandoned = new Map<number, string>()

  constructor(spec: ProtocolRunSpec, isConcurrent: boolean, events: WorkerEvents) {
    this.#spec = spec
    this.#taskContext = taskContextOf(spec)
    this.#isConcurrent = isConcurrent
    this.#events = events
    this.#ends = this.#makeEnds()
    const runEvents = {
      onStarted: (run: Run) => events.onStarted(run),
      onChange: (run: Run) => events.onChange(run),
      onExit: () => this.#onUnreachable(),
    }
    this.#run = startRun(spec, runEvents, streamEvents => {
      this.#channel = new WorkerChannel(spec, streamEvents, {
        onReady: features => this.#onReady(features),
        onMessage: (message, raw) => this.#onMessage(message, raw),
        onText: text => this.#onText(text),
        isKeptAlive: true,
        isAnswerExpected: () => !this.#isClosing || this.#sent.size > 0,
        onFail: () => this.#onUnreachable(),
      })
      return this.#channel
    })
    void this.#run.ended.then(end => this.#onEnded(end))
  }

  #makeEnds(): TaskEnds {
    return new TaskEnds({
      isConcurrent: this.#isConcurrent,
      printedBytes: () => this.#channel?.stderrBytes ?? 0,
      peakMemoryBytes: () => this.#run.usage?.peakMemoryBytes,
      whenDrained: callback => this.#channel?.whenDrained(callback),
      onDrained: () => this.#sendNext(),
      onEnd: (task, end) => this.#events.onTaskEnd(task, end),
    })
  }

  get run(): Run {
    return this.#run
  }

  get ended(): Promise<RunEnd> {
    return this.#run.ended
  }

  /** One that has been sent and has not ended. */
  task(number: number): Task | undefined {
    return this.#sent.get(number)
  }

  /** Memory and CPU time are those of the process. */
  progressOf(task: Task): RunProgress {
    return { ...task.progress, ...this.#run.usage }
  }

  assign(number: number, spec: TaskSpec): void {
    const task = new AssignedTask(number, spec, this.#taskContext, this.#taskEvents)
    if (this.#isClosing) {
      this.#events.onReturned([task])
      return
    }
    this.#waiting.push(task)
    if (this.#isConcurrent) this.#sendNext()
    // an end that the system knows of by now is heard before: what nobody reads any more would count as begun
    else setImmediate(() => this.#sendNext())
  }

  /** The answer is not wanted any more. */
  stopTask(number: number, endedBy: EndedBy, error?: JobError): void {
    const stopped = { endedBy, ...(error && { error }) }
    const index = this.#waiting.findIndex(task => task.number === number)
    const [waiting] = index < 0 ? [] : this.#waiting.splice(index, 1)
    if (waiting) this.#ends.settle(waiting, stopped)
    const sent = this.#sent.get(number)
    if (sent) this.#stopSent(sent, stopped)
    const answered = endedBy === 'limit' && this.#ends.findAnswered(number)
    if (answered) answered.stopped ??= stopped // the rest of its log is too long
  }

  /** Takes no more tasks. A job that runs is answered first; requests have the grace time, since one may never end. */
  finish(): void {
    if (this.#isClosing) return
    this.#isClosing = true
    this.#returnWaiting()
    if (this.#isConcurrent || this.#sent.size === 0) this.#close()
  }

  /** Ends it now; what it works on ends with it. */
  stop(endedBy: EndedBy, error?: JobError): void {
    this.#isClosing = true
    this.#run.stop(endedBy, error)
  }

  onDue(at: number): void {
    this.dueAt = Number.POSITIVE_INFINITY
    const [running] = this.#sent.values()
    if (this.#waiting.length === 0 || !(running || this.#ends.isDraining)) return
    if (!running || at - running.sentAt >= WAIT_BEHIND_MS) this.#returnWaiting()
    else this.#watchWaiting()
  }

  #watchWaiting(): void {
    if (this.dueAt < Number.POSITIVE_INFINITY) return
    this.dueAt = now() + WAIT_BEHIND_MS
    watch(this)
  }

  #returnWaiting(): void {
    if (this.#waiting.length > 0) this.#events.onReturned(this.#waiting.splice(0))
  }

  #close(): void {
    this.#channel?.end()
    this.#run.finish()
  }

  /** Nothing can be sent to it any more, though processes of its tree may still be alive for a while. */
  #onUnreachable(): void {
    this.#isClosing = true
    if (this.#channel?.isReady) this.#returnWaiting()
  }

  #onReady(features: readonly string[]): void {
    this.#canCancel = features.includes('cancel')
    this.#events.onReady()
    this.#sendNext()
  }

  #sendNext(): void {
    if (!this.#channel?.isReady) return
    while (this.#waiting.length > 0 && (this.#isConcurrent || (this.#sent.size === 0 && !this.#ends.isDraining)))
      this.#send(this.#waiting.shift() as AssignedTask)
    if (this.#waiting.length > 0) this.#watchWaiting()
  }

  #send(task: AssignedTask): void {
    this.#sent.set(task.number, task)
    task.markSent()
    this.#events.onTaskChange(task)
    try {
      const message = task.message(task.number)
      if (message instanceof Promise)
        message.then(ready => this.#sendMessage(task, ready)).catch(error => this.#onUnreadableInput(task, error))
      else this.#channel?.send(message)
    } catch (error) {
      this.#onUnreadableInput(task, error)
    }
  }

  #sendMessage(task: AssignedTask, message: string | Uint8Array): void {
    if (this.#sent.has(task.number)) this.#channel?.send(message)
  }

  /** Because the file of its input is gone, for example: no fault of the worker. */
  #onUnreadableInput(task: AssignedTask, error: unknown): void {
    if (!this.#sent.delete(task.number)) return
    this.#ends.settle(task, {
      endedBy: 'self',
      error: { kind: 'start', message: `Its input could not be read: ${reasonOf(error)}.` },
    })
    this.#sendNext()
  }

  #onTaskDue(task: AssignedTask, at: number): void {
    if (!this.#sent.has(task.number)) return
    if (this.#channel?.isHeldBack) task.markActive(at) // it may have written something that has not been read
    if (task.stopped) {
      this.#run.stop(task.stopped.endedBy) // the cancel message had no effect within the grace time
      return
    }
    const error = task.exceededLimit(at)
    if (error) this.#stopSent(task, { endedBy: 'limit', error })
    else task.watchLimits()
  }

  /**
   * A worker with the feature `cancel` gets a message and the grace time; any other is ended. Of several requests one must
   * not end the others: that one ends at once, and its late answer is ignored.
   */
  #stopSent(task: AssignedTask, stopped: Stopped): void {
    if (task.stopped) return
    task.stopped = stopped
    if (this.#canCancel) this.#channel?.send(this.#cancelMessage(task.number))
    if (this.#isConcurrent) {
      this.#abandoned.set(task.number, task.spec.id)
      this.#onAnswered(task)
    } else if (this.#canCancel) task.watchGrace(this.#spec.graceMs)
    else {
      this.#isClosing = true
      this.#returnWaiting()
      this.#run.stop(stopped.endedBy)
    }
  }

  #cancelMessage(number: number): string | Uint8Array {
    if (this.#spec.protocol.name === 'lines') return `{"id":${number},"cancel":true}\n`
    return encodeFrame(number, { cancel: true })
  }

  #onMessage(message: WorkerMessage, raw: RawMessage): void {
    if (!('id' in message) || message.id === undefined) {
      if ('message' in message) this.#events.onMessage(message.message, raw)
      else if ('log' in message) this.#channel?.log(message.log)
      return
    }
    const task = this.#sent.get(message.id)
    task?.markActive()
    if ('log' in message) this.#channel?.log(message.log)
    else if (!task || task.isAnswered) {
      if (!('progress' in message)) this.#onLateAnswer(message.id, raw)
    } else if ('progress' in message) task.setProgress(message.progress, message.message)
    else {
      if ('error' in message) task.fail(message.error)
      else task.answer(message.value, raw)
      this.#onAnswered(task)
    }
  }

  /**
   * The answer to a request that was abandoned: the files of its arrays are removed.
   * @throws Error when it answers something else than what waits, which would wait for ever
   */
  #onLateAnswer(number: number, raw: RawMessage): void {
    const id = this.#abandoned.get(number)
    this.#abandoned.delete(number)
    if (id === undefined && this.#sent.size > 0) throw unexpectedAnswer(number, [...this.#sent.keys()])
    if (id === undefined || !('chunks' in raw)) return
    for (const { file } of raw.arrays) {
      if (!file?.startsWith(id)) continue
      for (const folder of this.#spec.protocol.arrayFolders)
        rm(join(folder, file), { force: true }).catch(() => undefined) // the next start of the service removes it
    }
  }

  /** What is printed belongs to the job that runs; between the answer and its end still to the one just answered. */
  #onText(text: Buffer): void {
    const task = this.#ends.lastAnswered ?? this.#sent.values().next().value
    if (task && !this.#isConcurrent) {
      task.markActive()
      task.appendLog(text)
    } else this.#events.onText(text)
  }

  /** Also for a request that was abandoned. */
  #onAnswered(task: AssignedTask): void {
    this.#sent.delete(task.number)
    this.#ends.addAnswered(task)
    this.#sendNext()
    if (this.#isClosing && this.#sent.size === 0) this.#close()
  }

  async #onEnded(end: RunEnd): Promise<void> {
    this.#isClosing = true
    unwatch(this)
    this.#ends.settleAnswered()
    if (this.#waiting.length > 0) {
      // a process that never was ready fails the job for which it was started; another worker may have the others
      const failed = this.#channel?.isReady || this.#isConcurrent ? [] : this.#waiting.splice(0, 1)
      for (const task of failed) {
        task.appendLog(Buffer.from(end.stderr)) // what it printed until then is all that explains it
        this.#sent.set(task.number, task)
      }
      this.#returnWaiting()
    }
    const sent = [...this.#sent.values()]
    this.#sent.clear()
    const error = end.endedBy === 'self' || end.error ? diedError(end) : undefined
    const died = { endedBy: end.endedBy, ...(error && { error }) }
    for (const task of sent) this.#ends.settle(task, task.stopped ?? died, end)
    await this.#ends.allSettled() // what was answered before must not seem never to have begun
    this.#events.onEnd(end, this.#run.command)
  }
}

/** The sentence for a job whose worker ended in the middle of it. */
function diedError(end: RunEnd): JobError {
  const { kind, message } = endError(end)
  return { kind, message: end.error ? message : `Its worker ended before it had answered. ${message}` }
}
