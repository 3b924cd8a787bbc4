// A process that is kept alive: it is handed jobs one after the other, or requests as they come, and every one of them
// ends: with its answer, by its limit, by a cancel, or with the process.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { EndedBy, JobError } from '../../api'
import { endError } from '../../core/jobs/job'
import { encodeFrame } from '../../core/values/frames'
import type { FromWorker } from '../../core/values/workerMessages'
import { type Deadline, now, unwatch, watch } from '../base/deadlines'
import { silenceError, timeoutError } from '../base/limitErrors'
import type { LocalRun, Run, RunEnd, RunProgress } from '../base/runTypes'
import { reasonOf } from '../base/startError'
import { startRun } from '../job/runJob'
import type { Source } from '../output/capture'
import { Conversation, strayAnswer } from './conversation'
import { placeOf, type SpokenSpec } from './once'
import { Task, type TaskPlace, type TaskSpec } from './task'
import type { RawMessage } from './workerReader'

export interface WorkerEvents {
  /** There is a process. */
  onStarted(run: Run): void
  onReady(): void
  /** Its memory, its CPU time. */
  onChange(run: Run): void
  /** It has been sent, has printed, has announced progress. */
  onTaskChange(task: Handed): void
  onTaskEnd(task: Handed, end: RunEnd): void
  /** They were never sent to the process, which serves no more. */
  onReturned(tasks: readonly Handed[]): void
  /** Without being asked. */
  onMessage(value: unknown, raw: RawMessage): void
  /** What it printed or said for the log while no job ran. */
  onText(text: Buffer): void
  onEnd(end: RunEnd, command: readonly string[]): void
}

/** How long tasks wait behind one that takes long, before they go back to where another worker may have them. */
const WAIT_BEHIND_MS = 20

/** Who ended a task, and why. */
interface Stopped {
  endedBy: EndedBy
  error?: JobError
}
type Exit = Pick<RunEnd, 'exitCode' | 'signal' | 'stderr' | 'notEnded'>

/** A task in the hands of a worker. */
export class Handed extends Task implements Deadline {
  dueAt = Number.POSITIVE_INFINITY
  startedAt: number | undefined
  /** When its answer came; what follows on the same worker starts no earlier. */
  endedAt: number | undefined
  /** Who does not want the answer any more, and why. */
  stopped: Stopped | undefined
  /** When it was sent, and when the worker last said something of it; on the clock of `now()`. */
  sentAt = 0
  heardAt = 0
  /** How long the worker had it, milliseconds. */
  tookMs = 0

  constructor(
    readonly number: number,
    spec: TaskSpec,
    place: TaskPlace,
    private readonly events: {
      source(): Source | undefined
      onChange(task: Handed): void
      onLimit(task: Handed, error: JobError): void
      onDue(task: Handed, at: number): void
    },
  ) {
    super(spec, place, {
      source: events.source,
      onChange: () => this.events.onChange(this),
      onLimit: error => this.events.onLimit(this, error),
    })
  }

  onDue(at: number): void {
    this.dueAt = Number.POSITIVE_INFINITY
    this.events.onDue(this, at)
  }
}

export class Worker implements Deadline {
  /** When those that wait go back. */
  dueAt = Number.POSITIVE_INFINITY
  readonly #spec: SpokenSpec
  readonly #events: WorkerEvents
  /** Whether everything is sent as it comes; else one after the other. */
  readonly #isConcurrent: boolean
  readonly #run: LocalRun
  readonly #place: TaskPlace
  readonly #taskEvents = {
    source: () => this.#conversation,
    onChange: (task: Handed) => this.#events.onTaskChange(task),
    onLimit: (task: Handed, error: JobError) => this.stopTask(task.number, 'limit', error),
    onDue: (task: Handed, at: number) => this.#due(task, at),
  }
  #conversation: Conversation | undefined
  #canCancel = false
  /** Serves no more. */
  #isClosing = false
  readonly #waiting: Handed[] = []
  readonly #sent = new Map<number, Handed>()
  /** Requests that ended while the process still works on them, by their numbers. */
  readonly #givenUp = new Map<number, string>()
  /** Answered a moment ago; what was printed before the answers may still be on its way. */
  #answered: Handed[] = []
  /** While that is read, the next task waits: it would be blamed for it. */
  #isReadingRest = false
  /** At least one task. */
  #hasAnswered = false
  /** Ends that wait for the disk. */
  readonly #settling = new Set<Promise<void>>()

  constructor(spec: SpokenSpec, isConcurrent: boolean, events: WorkerEvents) {
    this.#spec = spec
    this.#place = placeOf(spec)
    this.#isConcurrent = isConcurrent
    this.#events = events
    const runEvents = { onStarted: events.onStarted, onChange: events.onChange, onExit: () => this.#stopServing() }
    this.#run = startRun(spec, runEvents, streamEvents => {
      this.#conversation = new Conversation(spec, streamEvents, {
        onReady: features => this.#ready(features),
        onMessage: (message, raw) => this.#hear(message, raw),
        onText: text => this.#print(text),
        isKept: true,
        isAwaited: () => !this.#isClosing || this.#sent.size > 0,
        onFail: () => this.#stopServing(),
      })
      return this.#conversation
    })
    void this.#run.ended.then(end => this.#ended(end))
  }

  hand(number: number, spec: TaskSpec): void {
    const task = new Handed(number, spec, this.#place, this.#taskEvents)
    if (this.#isClosing) {
      this.#events.onReturned([task])
      return
    }
    this.#waiting.push(task)
    this.#next()
  }

  #watchWaiting(): void {
    if (this.dueAt < Number.POSITIVE_INFINITY) return
    this.dueAt = now() + WAIT_BEHIND_MS
    watch(this)
  }

  onDue(at: number): void {
    this.dueAt = Number.POSITIVE_INFINITY
    const [running] = this.#sent.values()
    if (this.#waiting.length === 0 || !(running || this.#isReadingRest)) return
    if (!running || at - running.sentAt >= WAIT_BEHIND_MS) this.#return()
    else this.#watchWaiting()
  }

  /** Nothing can be sent to it any more, though its tree may live on for a while. */
  #stopServing(): void {
    this.#isClosing = true
    if (this.#conversation?.isReady) this.#return()
  }

  #return(): void {
    if (this.#waiting.length > 0) this.#events.onReturned(this.#waiting.splice(0))
  }

  /** The answer is not wanted any more. */
  stopTask(number: number, endedBy: EndedBy, error?: JobError): void {
    const stopped = { endedBy, ...(error && { error }) }
    const index = this.#waiting.findIndex(task => task.number === number)
    const [waiting] = index < 0 ? [] : this.#waiting.splice(index, 1)
    if (waiting) this.#settleSoon(waiting, stopped)
    const sent = this.#sent.get(number)
    if (sent) this.#stopSent(sent, stopped)
    const answered = endedBy === 'limit' && this.#answered.find(task => task.number === number)
    if (answered) answered.stopped ??= stopped // the rest of its log is too long
  }

  #settleSoon(task: Handed, stopped: Stopped, exit?: Exit): void {
    const settling = this.#settle(task, stopped, exit).finally(() => this.#settling.delete(settling))
    this.#settling.add(settling)
  }

  /** Takes no more tasks. A job that runs is answered first; requests have the grace time, since one may never end. */
  finish(): void {
    if (this.#isClosing) return
    this.#isClosing = true
    this.#return()
    if (this.#isConcurrent || this.#sent.size === 0) this.#close()
  }

  /** Ends it now; what it works on ends with it. */
  stop(endedBy: EndedBy, error?: JobError): void {
    this.#isClosing = true
    this.#run.stop(endedBy, error)
  }

  task(number: number): Task | undefined {
    return this.#sent.get(number)
  }

  get run(): Run {
    return this.#run
  }

  get ended(): Promise<RunEnd> {
    return this.#run.ended
  }

  #close(): void {
    this.#conversation?.end()
    this.#run.finish()
  }

  #ready(features: readonly string[]): void {
    this.#canCancel = features.includes('cancel')
    this.#events.onReady()
    this.#next()
  }

  #next(): void {
    if (!this.#conversation?.isReady) return
    while (this.#waiting.length > 0 && (this.#isConcurrent || (this.#sent.size === 0 && !this.#isReadingRest)))
      this.#send(this.#waiting.shift() as Handed)
    if (this.#waiting.length > 0) this.#watchWaiting()
  }

  #send(task: Handed): void {
    this.#sent.set(task.number, task)
    task.startedAt = Date.now()
    task.sentAt = now()
    task.heardAt = task.sentAt
    this.#watchLimits(task)
    this.#events.onTaskChange(task)
    try {
      const message = task.message(task.number)
      if (message instanceof Promise)
        message.then(ready => this.#say(task, ready)).catch(error => this.#unsendable(task, error))
      else this.#conversation?.say(message)
    } catch (error) {
      this.#unsendable(task, error)
    }
  }

  #say(task: Handed, message: string | Uint8Array): void {
    if (this.#sent.has(task.number)) this.#conversation?.say(message)
  }

  /** The file of its input is gone, say: no fault of the worker. */
  #unsendable(task: Handed, error: unknown): void {
    if (!this.#sent.delete(task.number)) return
    this.#settleSoon(task, {
      endedBy: 'self',
      error: { kind: 'start', message: `Its input could not be read: ${reasonOf(error)}.` },
    })
    this.#next()
  }

  #watchLimits(task: Handed): void {
    const { timeoutMs, noOutputTimeoutMs } = task.spec
    task.dueAt = Math.min(
      timeoutMs === undefined ? Number.POSITIVE_INFINITY : task.sentAt + timeoutMs,
      noOutputTimeoutMs === undefined ? Number.POSITIVE_INFINITY : task.heardAt + noOutputTimeoutMs,
    )
    if (task.dueAt < Number.POSITIVE_INFINITY) watch(task)
  }

  #due(task: Handed, at: number): void {
    if (!this.#sent.has(task.number)) return
    const { timeoutMs, noOutputTimeoutMs } = task.spec
    if (this.#conversation?.isHeldBack) task.heardAt = at // it may have said something that has not been read
    if (task.stopped)
      this.#run.stop(task.stopped.endedBy) // it was asked politely, in vain
    else if (timeoutMs !== undefined && at >= task.sentAt + timeoutMs)
      this.#stopSent(task, { endedBy: 'limit', error: timeoutError(timeoutMs) })
    else if (noOutputTimeoutMs !== undefined && at >= task.heardAt + noOutputTimeoutMs)
      this.#stopSent(task, { endedBy: 'limit', error: silenceError(noOutputTimeoutMs) })
    else this.#watchLimits(task)
  }

  /**
   * A worker that understands it is told, and gets the grace time; any other is ended. Of several requests one must not
   * take the others with it: that one ends at once, and its late answer is ignored.
   */
  #stopSent(task: Handed, stopped: Stopped): void {
    if (task.stopped) return
    task.stopped = stopped
    if (this.#canCancel) this.#conversation?.say(this.#cancelMessage(task.number))
    if (this.#isConcurrent) {
      this.#givenUp.set(task.number, task.spec.id)
      this.#take(task)
    } else if (this.#canCancel) {
      task.dueAt = now() + this.#spec.graceMs
      watch(task)
    } else {
      this.#isClosing = true
      this.#return()
      this.#run.stop(stopped.endedBy)
    }
  }

  #cancelMessage(number: number): string | Uint8Array {
    if (this.#spec.protocol.name === 'lines') return `{"id":${number},"cancel":true}\n`
    return encodeFrame(number, { cancel: true })
  }

  #hear(message: FromWorker, raw: RawMessage): void {
    if (!('id' in message) || message.id === undefined) {
      if ('message' in message) this.#events.onMessage(message.message, raw)
      else if ('log' in message) this.#conversation?.log(message.log)
      return
    }
    const task = this.#sent.get(message.id)
    if (task) task.heardAt = now()
    if ('log' in message) this.#conversation?.log(message.log)
    else if (!task || task.isAnswered) {
      if (!('progress' in message)) this.#drop(message.id, raw)
    } else if ('progress' in message) task.announce(message.progress, message.message)
    else {
      if ('error' in message) task.fail(message.error)
      else task.answer(message.value, raw)
      this.#take(task)
    }
  }

  /**
   * The answer to what nobody wants any more: its files are nobody's.
   * @throws Error when it answers something else than what waits, which would wait for ever
   */
  #drop(number: number, raw: RawMessage): void {
    const id = this.#givenUp.get(number)
    this.#givenUp.delete(number)
    if (id === undefined && this.#sent.size > 0) throw strayAnswer(number, [...this.#sent.keys()])
    if (id === undefined || !('chunks' in raw)) return
    for (const { file } of raw.arrays) {
      if (!file?.startsWith(id)) continue
      for (const folder of this.#spec.protocol.arrayFolders)
        rm(join(folder, file), { force: true }).catch(() => undefined) // the next service sweeps it
    }
  }

  /** What is printed belongs to the job that runs; between the answer and its end still to the one just answered. */
  #print(text: Buffer): void {
    const task = this.#answered.at(-1) ?? this.#sent.values().next().value
    if (task && !this.#isConcurrent) {
      task.heardAt = now()
      task.print(text)
    } else this.#events.onText(text)
  }

  /** It has been answered or given up. Its own end follows in this turn, or when what it printed has been read. */
  #take(task: Handed): void {
    this.#sent.delete(task.number)
    unwatch(task)
    task.endedAt = Date.now()
    task.tookMs = now() - task.sentAt
    const isFirst = this.#answered.push(task) === 1
    if (this.#mayHavePrinted) {
      this.#isReadingRest = true
      this.#conversation?.whenRead(() => this.#settleRead())
    } else if (isFirst) setImmediate(() => this.#isReadingRest || this.#settleAnswered())
    this.#hasAnswered = true
    this.#next()
    if (this.#isClosing && this.#sent.size === 0) this.#close()
  }

  /** A process that has never printed is not expected to begin with it: then the next task need not wait for a turn. */
  get #mayHavePrinted(): boolean {
    return !this.#isConcurrent && (this.#conversation?.stderrBytes !== 0 || !this.#hasAnswered)
  }

  #settleRead(): void {
    this.#isReadingRest = false
    this.#settleAnswered()
    this.#next()
  }

  #settleAnswered(): void {
    const tasks = this.#answered
    this.#answered = []
    for (const task of tasks)
      this.#settleSoon(task, task.stopped ?? { endedBy: 'self', ...(task.error && { error: task.error }) })
  }

  /** @param exit how the process ended, when the task ended with it */
  async #settle(task: Handed, { endedBy, error }: Stopped, exit?: Exit): Promise<void> {
    unwatch(task)
    const closing = task.isInMemory ? undefined : task.close()
    const problem = await closing?.catch((fault): JobError => ({ kind: 'service', message: reasonOf(fault) }))
    const why = error ?? problem
    const peakMemoryBytes = this.#run.usage?.peakMemoryBytes
    this.#events.onTaskEnd(task, {
      exitCode: exit?.exitCode ?? null,
      signal: exit?.signal ?? null,
      endedBy,
      ...(task.isAnswered && { answered: true }),
      ...(why && { error: why }),
      ...(task.startedAt !== undefined && { startedAt: task.startedAt }),
      endedAt: task.endedAt ?? Date.now(),
      leftovers: 0,
      ...task.result(),
      ...(exit && this.#isConcurrent && { stderr: exit.stderr }),
      ...(exit?.notEnded !== undefined && { notEnded: exit.notEnded }),
      ...(peakMemoryBytes !== undefined && { peakMemoryBytes }),
    })
  }

  async #ended(end: RunEnd): Promise<void> {
    this.#isClosing = true
    unwatch(this)
    this.#settleAnswered()
    if (this.#waiting.length > 0) {
      // a process that never was ready fails the job for which it was started; the others may try another one
      const failed = this.#conversation?.isReady || this.#isConcurrent ? [] : this.#waiting.splice(0, 1)
      for (const task of failed) {
        task.print(Buffer.from(end.stderr)) // what it printed until then is what there is to know
        this.#sent.set(task.number, task)
      }
      this.#return()
    }
    const sent = [...this.#sent.values()]
    this.#sent.clear()
    const error = end.endedBy === 'self' || end.error ? diedError(end) : undefined
    const died = { endedBy: end.endedBy, ...(error && { error }) }
    for (const task of sent) this.#settleSoon(task, task.stopped ?? died, end)
    await Promise.all(this.#settling) // what was answered before must not seem never to have begun
    this.#events.onEnd(end, this.#run.command)
  }

  /** What a task has of the process: its memory and CPU time are the process's. */
  progressOf(task: Task): RunProgress {
    return { ...task.progress, ...this.#run.usage }
  }
}

/** The sentence for a job whose worker ended in the middle of it. */
function diedError(end: RunEnd): JobError {
  const { kind, message } = endError(end)
  return { kind, message: end.error ? message : `Its worker ended before it had answered. ${message}` }
}
