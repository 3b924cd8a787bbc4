// A runner that outlives its connections: a process of its own, which listens on a socket in its folder for the next one, and
// ends when none comes for a while. Another job service than that which began may take it over.
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import type { JobError } from '../../api'
import { pause } from '../../core/base/pause'
import { inParts } from '../../core/protocol/lists'
import { MessageWriter, readMessages } from '../base/channel'
import { removeEmpty, removeFolder } from '../base/removeFolder'
import { Resumable } from '../base/resumable'
import type { RunnerHello } from '../base/runnerHello'
import type { FromRunner, KnownRun, ToRunner } from '../base/runnerProtocol'
import { Journal } from './journal'
import { MAX_MESSAGE_BYTES, surviveFaults } from './runner'
import { Runs } from './runs'
import { mayNeedExplanation, SlurmSignal } from './slurmSignal'
import { TakenTasks } from './takenTasks'

/** What a bridge says first: the same job service is back, another one takes over, or nobody wants it. */
export const REQUESTS = { resume: 'resume\n', takeOver: 'take over\n', end: 'end\n' } as const
/** In the folder of the runner. */
export const SOCKET_FILE = 'socket'
/** How long it waits when it has nothing that anybody may want; a connection takes less. */
const IDLE_MS = 90_000
const LOOK_MS = 20

/** From the end of what ran to its own, while the job service has not heard of it. */
const LEAVE_MS = 5000
/** The outcome of what Slurm ends with an allocation. */
const ALLOCATION_ENDED: JobError = {
  kind: 'lost',
  message: 'Slurm ended the allocation while this job ran: its time was over, or another one needed the node.',
}

/**
 * @param keepMs how long it waits for another connection
 * @param isHeld it is all that an allocation of a cluster holds: SIGTERM means that this ends
 */
export function serveKept(hello: RunnerHello, keepMs: number, isHeld = false): void {
  const runner = new KeptRunner(keepMs, isHeld ? new SlurmSignal(ALLOCATION_ENDED) : undefined)
  let asked = 0
  let answered = 0
  const server = createServer(socket => {
    socket.on('error', () => undefined)
    socket.once('data', (first: Buffer) => {
      const request = first.toString()
      if (request === REQUESTS.end) return runner.end()
      if (request !== REQUESTS.resume && request !== REQUESTS.takeOver) return void socket.destroy()
      socket.write(`${JSON.stringify(hello)}\n`)
      const number = ++asked
      // a bridge whose way was lost takes nothing from the connection that came since: nobody answers, or it is late
      socket.once('data', (answer: Buffer) => {
        if (number < answered) return void socket.destroy()
        answered = number
        if (request === REQUESTS.takeOver) runner.takeOver()
        runner.channel.attach(socket, answer)
      })
    })
  })
  process.on('exit', () => {
    removeFolder(hello.folder)
    removeEmpty(dirname(hello.folder))
  })
  server.on('error', () => process.exit(1)) // its folder has gone: it is not wanted any more
  server.listen(join(hello.folder, SOCKET_FILE))
  surviveFaults()
  if (isHeld) process.once('SIGTERM', () => void runner.leave())
}

class KeptRunner {
  readonly #keepMs: number
  /** Where Slurm may end this. */
  readonly #signal: SlurmSignal | undefined
  /** Messages of a run that wait until it is known what has ended it, and those behind them. */
  readonly #held = new Map<number, Promise<void>>()
  readonly #journal = new Journal()
  readonly #taken = new TakenTasks()
  readonly #runs: Runs
  #channel: Resumable
  #writer: MessageWriter<FromRunner>
  #timer: NodeJS.Timeout | undefined

  constructor(keepMs: number, signal: SlurmSignal | undefined) {
    this.#keepMs = keepMs
    this.#signal = signal
    this.#runs = new Runs(
      (message, bytes) => this.#send(message, bytes),
      () => this.#channel.pendingBytes,
    )
    this.#channel = this.#open()
    this.#writer = new MessageWriter(this.#channel)
    this.#wait()
  }

  #send(message: FromRunner, bytes?: Uint8Array): void {
    const signal = this.#signal
    const before = this.#held.get(message.run)
    if (!signal || !(before || mayNeedExplanation(message))) {
      this.#deliver(message, bytes)
      return
    }
    const held = (before ?? Promise.resolve()).then(async () => {
      this.#deliver(await signal.explainMessage(message), bytes)
      if (this.#held.get(message.run) === held) this.#held.delete(message.run)
    })
    this.#held.set(message.run, held)
  }

  #deliver(message: FromRunner, bytes?: Uint8Array): void {
    for (const each of this.#taken.message(message)) {
      this.#journal.onMessage(each)
      this.#writer.write(each, bytes)
    }
  }

  get channel(): Resumable {
    clearTimeout(this.#timer)
    return this.#channel
  }

  #open(): Resumable {
    const channel = new Resumable()
    readMessages<ToRunner>(channel, MAX_MESSAGE_BYTES, (message, bytes) => {
      this.#journal.onRequest(message)
      this.#runs.onMessage(this.#taken.request(message), bytes)
    })
    channel.on('error', () => undefined) // `close` follows
    channel.on('away', () => this.#wait())
    for (const event of ['end', 'close'] as const) channel.once(event, () => channel === this.#channel && this.end())
    return channel
  }

  #wait(): void {
    clearTimeout(this.#timer)
    const isIdle = this.#journal.isEmpty && this.#channel.isConfirmed
    const end = () => this.#channel.isAway && this.end()
    this.#timer = setTimeout(end, isIdle ? Math.min(this.#keepMs, IDLE_MS) : this.#keepMs)
  }

  /**
   * What was on its way to the one before is in the journal. What its workers have begun they bring to its end; those that windows hold
   * end with the connection of these.
   */
  takeOver(): void {
    const before = this.#channel
    this.#channel = this.#open()
    this.#writer = new MessageWriter(this.#channel)
    before.destroy()
    this.#taken.add(this.#journal.takeTasks())
    for (const { list: runs, ...more } of inParts(this.#journal.jobs, knownBytes))
      this.#writer.write({ type: 'runs', run: this.#journal.last, runs, hasTasks: true, ...more })
    for (const run of this.#journal.workers) this.#runs.onMessage({ type: 'finish', run })
    for (const run of this.#journal.requestWorkers) this.#runs.onMessage({ type: 'stop', run, endedBy: 'shutdown' })
  }

  /** Slurm ends it. */
  async leave(): Promise<void> {
    const before = performance.now()
    if (this.#signal) await this.#runs.leave(this.#signal.receive())
    await Promise.all(this.#held.values())
    const limitMs = performance.now() - before + LEAVE_MS
    while (!this.#channel.isConfirmed && performance.now() - before < limitMs) await pause(LOOK_MS)
    process.exit(0)
  }

  end(): void {
    void this.#runs.stopAll().then(() => process.exit(0))
  }
}

/** They are not small: each has its command twice, and its outputs. */
function knownBytes(known: KnownRun): number {
  return JSON.stringify(known).length
}
