// A process with a protocol that serves one job: its stdin holds one message, then ends.
import { dirname } from 'node:path'
import type { JobError } from '../../api'
import { type ExitFacts, judge } from '../../core/jobs/job'
import type { ProtocolSpec, Run, RunEvents, RunSpec } from '../base/runTypes'
import { isShortage, reasonOf, StartError } from '../base/startError'
import { startRun } from '../job/runJob'
import type { RunStreams, StreamEvents, StreamResult } from '../job/streams'
import type { ChildStreams } from '../process/spawnProcess'
import { Conversation, strayAnswer } from './conversation'
import { Task, type TaskInput, type TaskPlace } from './task'

/** The number under which the only message goes. */
const ONLY = 1

export type SpokenSpec = RunSpec & { protocol: ProtocolSpec }

/** As `startRun`, for a process that is spoken with. */
export function startOnce(spec: SpokenSpec, events: RunEvents): Run {
  return startRun(spec, events, streamEvents => new OnceStreams(spec, streamEvents))
}

class OnceStreams extends Conversation implements RunStreams {
  readonly #spec: SpokenSpec
  readonly #task: Task
  #message: string | Uint8Array = ''

  constructor(spec: SpokenSpec, events: StreamEvents) {
    const task = new Task(taskOf(spec), placeOf(spec), { ...events, source: () => this })
    super(spec, events, {
      onReady: () => undefined,
      isAwaited: () => !task.isAnswered,
      onText: text => task.print(text),
      onMessage: (message, raw) => {
        if ('log' in message) this.log(message.log)
        else if (!('id' in message) || message.id === undefined || task.isAnswered) return
        else if (message.id !== ONLY) throw strayAnswer(message.id, [ONLY])
        else if ('error' in message) task.fail(message.error)
        else if ('progress' in message) task.announce(message.progress, message.message)
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
    this.say(this.#message)
    this.end()
  }

  override read(stream: 'stdout' | 'stderr', offset: number, length: number): Promise<Uint8Array> {
    return this.#task.read(stream, offset, length)
  }

  override async close(facts: () => ExitFacts): Promise<JobError | undefined> {
    const problem = (await super.close(facts)) ?? (await this.#task.close())
    if (problem) return problem
    const { error, endedBy } = facts()
    if (error || endedBy !== 'self') return undefined
    if (this.#task.error) return this.#task.error
    const hasSucceeded = judge(facts(), this.#spec.okExitCodes).state === 'succeeded'
    if (!this.#task.isAnswered && hasSucceeded) return { kind: 'protocol', message: 'It ended without an answer.' }
    return undefined
  }

  override result(): StreamResult {
    return this.#task.result()
  }
}

function taskOf({ id, stdin }: SpokenSpec) {
  const input: TaskInput | undefined = stdin
  return { id, ...(input && { input }) }
}

export function placeOf({ protocol, spoolFile, maxOutputBytes }: SpokenSpec): TaskPlace {
  return { protocol: protocol.name, spoolFolder: dirname(spoolFile), maxOutputBytes }
}
