// A process with a protocol that serves one job: one message on its stdin, then the end of it.
import { dirname } from 'node:path'
import type { JobError } from '../../api'
import { type ExitFacts, outcomeOf } from '../../core/jobs/job'
import type { OutputStream } from '../../core/protocol/facts'
import type { ProtocolSpec, Run, RunEvents, RunSpec } from '../base/runTypes'
import { isShortage, reasonOf, StartError } from '../base/startError'
import { startRun } from '../job/runJob'
import type { StreamResult } from '../job/streamResult'
import type { RunStreams, StreamEvents } from '../job/streams'
import type { ChildStreams } from '../process/spawnProcess'
import { Task, type TaskContext, type TaskInput } from './task'
import { unexpectedAnswer, WorkerChannel } from './workerChannel'

/** The number of the only message. */
const ONLY = 1

export type ProtocolRunSpec = RunSpec & { protocol: ProtocolSpec }

/** As `startRun`, for a process with a protocol. */
export function startOneShot(spec: ProtocolRunSpec, events: RunEvents): Run {
  return startRun(spec, events, streamEvents => new OneShotStreams(spec, streamEvents))
}

class OneShotStreams extends WorkerChannel implements RunStreams {
  readonly #spec: ProtocolRunSpec
  readonly #task: Task
  #message: string | Uint8Array = ''

  constructor(spec: ProtocolRunSpec, events: StreamEvents) {
    const task = new Task(taskOf(spec), taskContextOf(spec), { ...events, source: () => this })
    super(spec, events, {
      onReady: () => undefined,
      isAnswerExpected: () => !task.isAnswered,
      onText: text => task.appendLog(text),
      onMessage: (message, raw) => {
        if ('log' in message) this.log(message.log)
        else if (!('id' in message) || message.id === undefined || task.isAnswered) return
        else if (message.id !== ONLY) throw unexpectedAnswer(message.id, [ONLY])
        else if ('error' in message) task.fail(message.error)
        else if ('progress' in message) task.setProgress(message.progress, message.message)
        else task.answer(message.value, raw)
      },
    })
    this.#spec = spec
    this.#task = task
  }

  override get needsFiles(): boolean {
    return true // its input, which may be in one
  }

  override get progress() {
    return this.#task.progress.progress
  }

  override async openFiles(): Promise<void> {
    try {
      this.#message = await this.#task.message(ONLY)
    } catch (error) {
      if (isShortage(error)) throw error
      throw new StartError(`Its input could not be read: ${reasonOf(error)}.`)
    }
  }

  override attach(child: ChildStreams): void {
    super.attach(child)
    this.send(this.#message)
    this.end()
  }

  override read(stream: OutputStream, offset: number, length: number): Promise<Uint8Array> {
    return this.#task.read(stream, offset, length)
  }

  override async close(facts: () => ExitFacts): Promise<JobError | undefined> {
    const problem = (await super.close(facts)) ?? (await this.#task.close())
    if (problem) return problem
    const { error, endedBy } = facts()
    if (error || endedBy !== 'self') return undefined
    if (this.#task.error) return this.#task.error
    const hasSucceeded = outcomeOf(facts(), this.#spec.okExitCodes).state === 'succeeded'
    if (!this.#task.isAnswered && hasSucceeded) return { kind: 'protocol', message: 'It ended without an answer.' }
    return undefined
  }

  override result(): StreamResult {
    return this.#task.result()
  }
}

function taskOf({ id, stdin }: ProtocolRunSpec) {
  const input: TaskInput | undefined = stdin
  return { id, ...(input && { input }) }
}

export function taskContextOf({ protocol, spoolFile, maxOutputBytes }: ProtocolRunSpec): TaskContext {
  return { protocol: protocol.name, spoolFolder: dirname(spoolFile), maxOutputBytes }
}
