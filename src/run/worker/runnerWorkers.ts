// The workers of a runner: hands them their tasks and tells the job service what comes of these, in lists.
import { randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { JobError } from '../../api'
import { inLists } from '../../core/protocol/lists'
import { MAX_INLINE_BYTES, MAX_PENDING_BYTES, UPDATE_INTERVAL_MS } from '../../core/protocol/protocol'
import {
  type FromRunner,
  fromBase64,
  type SentEnd,
  type SentTask,
  sendEnd,
  type ToRunner,
  toBase64,
} from '../base/runnerProtocol'
import type { RunEnd } from '../base/runTypes'
import { patiently } from '../base/shortage'
import { reasonOf } from '../base/startError'
import { Tail } from '../base/tail'
import { fromWholeCharacter, unfinishedBytes } from '../base/utf8'
import type { SpokenSpec } from './once'
import type { TaskInput, TaskSpec } from './task'
import { type Handed, Worker } from './worker'

/** How long ends may be gathered while the worker has enough to do: a message costs more than an end. */
const GATHER_MS = 5

const floodError: JobError = {
  kind: 'protocol',
  message: 'Ended because it sends messages faster than they are taken.',
}

interface Kept {
  worker: Worker
  /** Handed and not ended. */
  open: number
  /** How often tasks have been given back. */
  returns: number
  /** With so few left it is time to tell: more tasks come before it has nothing to do. */
  lowWater: number
  changed: Set<Handed>
  /** Its own memory and CPU time. */
  hasChanged: boolean
  /** What it has printed and nobody has been told. */
  printed: Tail | undefined
  /** Messages are told in order, also when one goes through a file. */
  telling: Promise<void>
  ends: { task: number; end: SentEnd }[]
  tookMs: number
}

export class RunnerWorkers {
  readonly #tell: (message: FromRunner) => void
  readonly #pendingBytes: () => number
  readonly #kept = new Map<number, Kept>()
  #changeTimer: NodeJS.Timeout | undefined
  #endTimer: NodeJS.Timeout | undefined

  /** @param pendingBytes that were told and not yet taken */
  constructor(tell: (message: FromRunner) => void, pendingBytes: () => number) {
    this.#tell = tell
    this.#pendingBytes = pendingBytes
  }

  start(run: number, spec: SpokenSpec, isConcurrent: boolean): void {
    const worker = new Worker(spec, isConcurrent, {
      onStarted: ({ pid = 0, command, startedAt = 0 }) => this.#tell({ type: 'started', run, pid, command, startedAt }),
      onReady: () => this.#tell({ type: 'ready', run }),
      onChange: () => {
        kept.hasChanged = true
        this.#changeSoon()
      },
      onTaskChange: task => {
        kept.changed.add(task)
        this.#changeSoon()
      },
      onTaskEnd: (task, end) => this.#end(run, kept, task, end),
      onReturned: tasks => {
        kept.open -= tasks.length
        const numbers = tasks.map(({ number }) => number)
        this.#return(run, kept, numbers)
      },
      onMessage: (value, raw) => {
        if (!isConcurrent) return // nobody has asked a worker of a pool for more than answers
        const bytes = 'chunks' in raw ? Buffer.concat(raw.chunks) : Buffer.from(JSON.stringify(value))
        if (this.#pendingBytes() > MAX_PENDING_BYTES) worker.stop('limit', floodError)
        else kept.telling = kept.telling.then(() => this.#tellMessage(run, bytes, dirname(spec.spoolFile)))
      },
      onText: text => {
        if (!isConcurrent) return
        kept.printed ??= new Tail()
        kept.printed.push(text)
        this.#changeSoon()
      },
      onEnd: (end, command) =>
        void kept.telling.then(() => {
          this.#tellText(run, kept, true)
          this.#tellEnds(run, kept)
          this.#kept.delete(run)
          this.#tell({ type: 'ended', run, command, end: sendEnd(end) })
        }),
    })
    const kept: Kept = {
      worker,
      open: 0,
      returns: 0,
      lowWater: 0,
      changed: new Set(),
      hasChanged: false,
      printed: undefined,
      telling: Promise.resolve(),
      ends: [],
      tookMs: 0,
    }
    this.#kept.set(run, kept)
  }

  /** @returns whether it was for a worker */
  take(message: ToRunner): boolean {
    if (!('run' in message)) return false
    const kept = this.#kept.get(message.run)
    if (!kept) return message.type === 'tasks' // its worker has ended: the service has been told, and keeps the tasks
    if (message.type === 'tasks') this.#hand(message.run, kept, message)
    else if (message.type === 'stopTask') kept.worker.stopTask(message.task, message.endedBy, message.error)
    else if (message.type === 'finish') kept.worker.finish()
    else if (message.type === 'stop') kept.worker.stop(message.endedBy, message.error)
    else if (message.type === 'read') void this.#read(kept, message)
    return true
  }

  /** The service has gone. */
  async stopAll(): Promise<void> {
    const workers = [...this.#kept.values()].map(({ worker }) => worker)
    for (const worker of workers) worker.stop('shutdown')
    await Promise.all(workers.map(worker => worker.ended))
  }

  /** What was handed over before the service had heard of a return goes the same way, so that the order is kept. */
  #hand(run: number, kept: Kept, { tasks, returns }: Extract<ToRunner, { type: 'tasks' }>): void {
    if (returns < kept.returns) {
      const numbers = tasks.map(({ task }) => task)
      this.#return(run, kept, numbers)
      return
    }
    kept.open += tasks.length
    kept.lowWater = Math.floor(kept.open / 2)
    for (const task of tasks) kept.worker.hand(task.task, specOf(task))
  }

  #return(run: number, kept: Kept, tasks: readonly number[]): void {
    kept.returns++
    this.#tell({ type: 'returned', run, tasks })
  }

  #end(run: number, kept: Kept, task: Handed, end: RunEnd): void {
    kept.changed.delete(task)
    kept.ends.push({ task: task.number, end: sendEnd(end) })
    kept.tookMs += task.tookMs
    if (--kept.open <= kept.lowWater) this.#tellEnds(run, kept)
    else
      this.#endTimer ??= setTimeout(() => {
        this.#endTimer = undefined
        for (const [number, other] of this.#kept) this.#tellEnds(number, other)
      }, GATHER_MS)
  }

  #tellEnds(run: number, kept: Kept): void {
    if (kept.ends.length === 0) return
    const msPerTask = kept.tookMs / kept.ends.length
    for (const ends of inLists(kept.ends, endBytes))
      this.#tell({ type: 'tasksEnded', run, ms: msPerTask * ends.length, ends })
    kept.ends = []
    kept.tookMs = 0
    kept.lowWater = Math.floor(kept.open / 2)
  }

  /** For every message and every byte: told at most 10 times a second. */
  #changeSoon(): void {
    this.#changeTimer ??= setTimeout(() => {
      this.#changeTimer = undefined
      for (const [run, kept] of this.#kept) {
        const { worker, changed } = kept
        if (kept.hasChanged) this.#tell({ type: 'changed', run, progress: worker.run.progress })
        kept.hasChanged = false
        for (const task of changed) this.#tellTask(run, worker, task)
        changed.clear()
        this.#tellText(run, kept)
      }
    }, UPDATE_INTERVAL_MS)
  }

  /**
   * A flood is cut to its end, and says so: whoever listens could not read it all anyway. A character of which only the
   * beginning has come waits for the rest.
   */
  #tellText(run: number, kept: Kept, isLast = false): void {
    const { printed } = kept
    if (!printed) return
    kept.printed = undefined
    const tail = printed.last(MAX_INLINE_BYTES)
    const bytes = printed.bytes > tail.length ? fromWholeCharacter(tail) : tail
    const leftOut = printed.bytes - bytes.length
    const unfinished = isLast ? 0 : unfinishedBytes(bytes)
    const text = lenient.decode(bytes.subarray(0, bytes.length - unfinished))
    if (unfinished > 0) {
      kept.printed = new Tail()
      kept.printed.push(Buffer.from(bytes.subarray(bytes.length - unfinished)))
    }
    const shown = `${leftOut > 0 ? `[${leftOut} bytes left out]\n` : ''}${text}`
    if (shown !== '') this.#tell({ type: 'text', run, text: shown })
  }

  async #tellMessage(run: number, bytes: Uint8Array, folder: string): Promise<void> {
    if (bytes.length <= MAX_INLINE_BYTES) {
      this.#tell({ type: 'message', run, message: { base64: toBase64(bytes) } })
      return
    }
    const file = join(folder, `${randomUUID()}.message`)
    try {
      await patiently(() => writeFile(file, bytes, { mode: 0o600 }))
      this.#tell({ type: 'message', run, message: { file, bytes: bytes.length } })
    } catch (error) {
      this.#tell({ type: 'text', run, text: `[a message of ${bytes.length} bytes was lost: ${reasonOf(error)}]\n` })
    }
  }

  #tellTask(run: number, worker: Worker, task: Handed): void {
    const { number, startedAt } = task
    const progress = worker.progressOf(task)
    this.#tell({ type: 'taskChanged', run, task: number, ...(startedAt !== undefined && { startedAt }), progress })
  }

  async #read({ worker }: Kept, { run, task, request, stream, offset, length }: Extract<ToRunner, { type: 'read' }>) {
    const bytes = await worker
      .task(task ?? 0)
      ?.read(stream, offset, length)
      .catch(() => undefined)
    this.#tell({ type: 'bytes', run, request, base64: bytes ? toBase64(bytes) : '' })
  }
}

/** What is not UTF-8 is replaced; a byte order mark is a character like any other in the middle of a log. */
const lenient = new TextDecoder('utf-8', { ignoreBOM: true })

/** About how many bytes an end takes in a message. */
function endBytes({ end: { stdout, stderr } }: Kept['ends'][number]): number {
  return 500 + ('base64' in stdout ? stdout.base64.length : 0) + stderr.length
}

function specOf({ id, text, base64, file, timeoutMs, noOutputTimeoutMs }: SentTask): TaskSpec {
  const input: TaskInput | undefined =
    text !== undefined
      ? { text }
      : base64 !== undefined
        ? { bytes: fromBase64(base64) }
        : file !== undefined
          ? { file }
          : undefined
  return {
    id,
    ...(input && { input }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(noOutputTimeoutMs !== undefined && { noOutputTimeoutMs }),
  }
}
