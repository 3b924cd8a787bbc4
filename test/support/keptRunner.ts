// A real runner that outlives its connections, without a job service: the test says to it what that would.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join, resolve } from 'node:path'
import { uuidv7 } from '../../src/core/base/uuid'
import { MessageWriter, readMessages } from '../../src/run/base/channel'
import { Resumable } from '../../src/run/base/resumable'
import type { FromRunner, SentSpec, ToRunner } from '../../src/run/base/runnerProtocol'
import { REQUESTS, SOCKET_FILE } from '../../src/run/runner/keptRunner'
import { until } from './until'

const LIMIT_MS = 60_000
/** What a job service accepts. */
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024

export class TestKeptRunner {
  readonly #folder: string
  readonly #process: ChildProcess
  #channel = new Resumable()
  #writer: MessageWriter<ToRunner> | undefined
  received: FromRunner[] = []

  /** @param folder is made, and removed with the one around it when that is empty; its path is short */
  constructor(folder: string, keepSeconds: number) {
    this.#folder = folder
    mkdirSync(folder, { recursive: true })
    const words = [resolve('dist/runner.cjs'), '--kept', folder, 'epoch', String(keepSeconds)]
    this.#process = spawn(process.execPath, words, { stdio: 'inherit' })
  }

  get pid(): number {
    return this.#process.pid ?? 0
  }

  /** As another job service. */
  async takeOver(): Promise<Socket> {
    this.#channel.destroy()
    this.#channel = new Resumable()
    this.#channel.on('error', () => undefined)
    this.#writer = new MessageWriter(this.#channel)
    this.received = []
    readMessages<FromRunner>(this.#channel, MAX_MESSAGE_BYTES, message => this.received.push(message))
    return this.#connect(REQUESTS.takeOver)
  }

  /** As the same one, over another connection. */
  resume(): Promise<Socket> {
    return this.#connect(REQUESTS.resume)
  }

  async #connect(request: string): Promise<Socket> {
    const file = join(this.#folder, SOCKET_FILE)
    await until(() => existsSync(file), LIMIT_MS, 'a runner that listens')
    const socket = connect(file)
    socket.on('error', () => undefined)
    socket.write(request)
    await once(socket, 'data') // its hello; it waits for the answer
    this.#channel.attach(socket)
    return socket
  }

  send(...messages: ToRunner[]): void {
    for (const message of messages) this.#writer?.write(message)
  }

  /** A job, with what it needs. */
  start(run: number, command: readonly string[]): void {
    const id = uuidv7()
    const limits = { maxOutputBytes: 1_000_000, graceMs: 5000, niceness: 0, cores: 1 }
    const spec: SentSpec = {
      id,
      name: 'job',
      command,
      cwd: this.#folder,
      ...limits,
      environment: 1,
      spoolFile: join(this.#folder, id),
    }
    this.send({ type: 'environment', environment: 1, vars: { PATH: process.env.PATH ?? '' } })
    this.send({ type: 'start', run, spec })
  }

  /** The first message of a type about a run. */
  said<T extends FromRunner['type']>(type: T, run: number): Promise<Extract<FromRunner, { type: T }>> {
    const isIt = (message: FromRunner): message is Extract<FromRunner, { type: T }> =>
      message.type === type && message.run === run
    return until(() => this.received.find(isIt), LIMIT_MS, `the message "${type}" of run ${run}`)
  }

  async end(): Promise<void> {
    this.#channel.destroy()
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    const exit = once(this.#process, 'exit')
    this.#process.kill('SIGKILL')
    await exit
  }
}
