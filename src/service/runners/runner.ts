// One runner, as the service sees it: gives it its runs, and passes on what it says of them.
import type { Duplex } from 'node:stream'
import { MessageWriter, readMessages } from '../../run/base/channel'
import {
  type FileRequest,
  type FromRunner,
  type KnownRun,
  sendSpec,
  type ToRunner,
} from '../../run/base/runnerProtocol'
import type { ProcessProxy, RunnerRequest } from './runProxy'
import { Watchdog } from './watchdog'

/** Longest message: what `readOutput` asks for, as base64. */
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024
/** Environments that a runner has in memory; a job with variables of its own has its own one. */
const KEPT_ENVIRONMENTS = 50

/** A runner that was started somewhere. */
export interface StartedRunner {
  /** How messages call it. */
  readonly name: string
  /** Known at once. */
  readonly hasProcess: boolean
  /** Closed when it has ended; absent only where there is no process. */
  readonly channel: Duplex | undefined
  /** Resolves with a sentence when there is no process: it has begun nothing. */
  readonly failed: Promise<string>
  /** A debugger may hold it: it may be silent. */
  readonly mayBeSilent: boolean
  /** Ends it, without waiting for it. */
  giveUp(): void
}

type Differences = Readonly<Record<string, string | null>>

export interface RunnerEvents {
  /** It has ended; its runs are notified next. */
  onGone(): void
  /** To `request`. */
  onFileAnswer?(answer: Extract<FromRunner, { type: 'fileAnswer' }>, bytes?: Uint8Array): void
  /** It was taken over; all that it has. */
  onKnownRuns?(known: Extract<FromRunner, { type: 'runs' }>): void
}

export class Runner {
  readonly #started: StartedRunner
  readonly #writer: MessageWriter<ToRunner> | undefined
  readonly #runs = new Map<number, ProcessProxy>()
  /** What it had when it was taken over, as far as it has said. */
  #known: readonly KnownRun[] = []
  /** What is still to be said of runs that have just been adopted. */
  readonly #adopted = new Map<number, FromRunner[]>()
  /** Numbers of the environments that it has, the last used last. */
  readonly #environments = new Map<Differences, number>()
  #last = 0
  readonly #watchdog: Watchdog
  /** Resolves with its runs when it could not be started: none of them has begun. */
  readonly failed: Promise<ProcessProxy[]>

  constructor(started: StartedRunner, events: RunnerEvents) {
    this.#started = started
    const { channel, failed } = started
    this.failed = failed.then(why => {
      console.error(`A runner could not be started: ${why}`)
      return this.#removeRuns()
    })
    this.#watchdog = new Watchdog(
      () => this.#send({ type: 'ping' }),
      () => this.#onSilence(),
    )
    if (!channel) return
    channel.on('error', () => undefined) // it is closed next
    this.#writer = new MessageWriter(channel)
    readMessages<FromRunner>(channel, MAX_MESSAGE_BYTES, (message, bytes) => {
      if (message.type === 'fileAnswer') events.onFileAnswer?.(message, bytes)
      else if (message.type === 'runs') {
        const runs = [...this.#known, ...message.runs]
        this.#known = message.more ? runs : []
        if (!message.more) events.onKnownRuns?.({ ...message, runs })
      } else this.#onMessage(message)
    })
    channel.on('close', () => {
      this.#watchdog.end()
      if (!started.hasProcess) return // `failed` says so
      events.onGone()
      for (const run of this.#removeRuns()) void run.onRunnerExit()
    })
  }

  #onSilence(): void {
    const { mayBeSilent, name } = this.#started
    if (mayBeSilent) return
    console.error(`${name} does not respond and is ended.`)
    this.#started.giveUp()
  }

  #removeRuns(): ProcessProxy[] {
    const runs = [...this.#runs.values()]
    this.#runs.clear()
    return runs
  }

  get busy(): number {
    return this.#runs.size
  }

  /** A runner that does not answer within some time is ended. */
  ping(): void {
    this.#watchdog.expectAnswer()
  }

  close(): void {
    this.#started.channel?.end()
  }

  /** It may be given more jobs than these take: they wait there. */
  setSlots(slots: number): void {
    this.#send({ type: 'slots', slots })
  }

  /** @returns its number */
  start(run: ProcessProxy): number {
    const id = ++this.#last
    const { env, envChanges } = run.spec
    this.#runs.set(id, run)
    const sent = sendSpec(run.spec, this.#environmentNumber(envChanges ?? env, envChanges !== undefined))
    if (run.isConcurrent === undefined) this.#send({ type: 'start', run: id, spec: sent })
    else this.#send({ type: 'startWorker', run: id, spec: sent, isConcurrent: run.isConcurrent })
    this.#attach(run, id)
    return id
  }

  #attach(run: ProcessProxy, id: number): void {
    run.attach((request: RunnerRequest) => {
      this.#send({ ...request, run: id })
      if (request.type !== 'tasks') this.#watchdog.expectAnswer()
    })
  }

  /** The next runs have numbers above this one. */
  skipTo(number: number): void {
    this.#last = Math.max(this.#last, number)
  }

  /**
   * A run that it has already. What has become of it is said after this turn, when who adopts it knows it; what comes meanwhile, in
   * the same read of the channel even, is said behind that.
   */
  adopt(run: ProcessProxy, { run: id, started, ended }: KnownRun): void {
    this.#runs.set(id, run)
    this.#attach(run, id)
    const messages = [started, ended].filter(message => message !== undefined)
    this.#adopted.set(id, messages)
    queueMicrotask(() => {
      this.#adopted.delete(id)
      for (const message of messages) this.#onMessage(message)
    })
  }

  /** Nothing has to be known of a run any more. */
  forget(run: number): void {
    this.#send({ type: 'forget', run })
  }

  /** The same of so many jobs that a worker has ended, the first ones. */
  forgetTasks(worker: number, ends: number): void {
    this.#send({ type: 'forgetTasks', run: worker, ends })
  }

  /** Nobody waits for it. */
  abandon({ run, ended }: KnownRun): void {
    if (!ended) this.#send({ type: 'stop', run, endedBy: 'shutdown' })
    this.forget(run)
  }

  request(message: FileRequest, bytes?: Uint8Array): void {
    this.#send(message, bytes)
    this.#watchdog.expectAnswer()
  }

  #send(message: ToRunner, bytes?: Uint8Array): void {
    this.#writer?.write(message, bytes)
  }

  /** The number of an environment, which is sent first if the runner does not have it. */
  #environmentNumber(env: Differences, isOwn: boolean): number {
    const environment = this.#environments.get(env) ?? ++this.#last
    if (!this.#environments.delete(env)) {
      if (isOwn) this.#send({ type: 'ownEnvironment', environment, changes: env })
      else this.#send({ type: 'environment', environment, vars: env as Readonly<Record<string, string>> })
    }
    this.#environments.set(env, environment)
    if (this.#environments.size > KEPT_ENVIRONMENTS) {
      const [oldest, number] = this.#environments.entries().next().value ?? [env, environment]
      this.#environments.delete(oldest)
      this.#send({ type: 'forgetEnvironment', environment: number })
    }
    return environment
  }

  #onMessage(message: FromRunner): void {
    this.#watchdog.onMessage()
    const adopted = this.#adopted.get(message.run)
    if (adopted) return void adopted.push(message)
    const run = this.#runs.get(message.run)
    if (!run) return
    if (message.type === 'ended') this.#runs.delete(message.run)
    try {
      run.onMessage(message)
    } catch (error) {
      console.error('A message of a runner could not be handled:', error) // the messages behind it must still be handled
    }
  }
}
