// A kept worker elsewhere, between its proxy and its runner: what its jobs read is sent before them, what they wrote is brought
// before they end. Messages stay in their order.
import { basename, dirname, join } from 'node:path'
import type { FromRunner, SentEnd, SentTask } from '../../run/base/runnerProtocol'
import type { RunSpec } from '../../run/base/runTypes'
import { reasonOf } from '../../run/base/startError'
import { type AttemptFiles, keepThere } from '../files/leftFiles'
import { bringArrays, sendArrays } from '../files/remoteArrays'
import type { ProcessProxy, RunnerRequest } from '../runners/runProxy'
import type { RemotePlace } from './remoteJob'

interface Sent {
  readonly id: string
  readonly left: AttemptFiles
}

export interface RemoteWorkerEvents {
  /** Jobs have ended. @param left what each has left there */
  onTasksEnded(left: readonly AttemptFiles[]): void
  onEnd(): void
}

export class RemoteWorker implements ProcessProxy {
  readonly isConcurrent: boolean
  readonly #worker: ProcessProxy
  readonly #local: RunSpec
  readonly #place: RemotePlace
  /** The jobs that it has, by their numbers. */
  readonly #sent = new Map<number, Sent>()
  readonly #events: RemoteWorkerEvents
  #sending: Promise<void> = Promise.resolve()
  #receiving: Promise<void> = Promise.resolve()

  /**
   * @param worker as the service sees it
   * @param spec as the runner there gets it
   */
  constructor(
    worker: ProcessProxy,
    readonly spec: RunSpec,
    local: RunSpec,
    place: RemotePlace,
    events: RemoteWorkerEvents,
  ) {
    this.#worker = worker
    this.isConcurrent = worker.isConcurrent === true
    this.#local = local
    this.#place = place
    this.#events = events
  }

  get hasEnded(): boolean {
    return this.#worker.hasEnded
  }

  attach(send: (request: RunnerRequest) => void): void {
    this.#worker.attach(request => {
      this.#sending = this.#sending.then(async () => send(await this.#there(request)))
    })
  }

  detach(): void {
    this.#worker.detach()
  }

  onMessage(message: FromRunner): void {
    this.#receiving = this.#receiving.then(async () => {
      this.#worker.onMessage(await this.#here(message))
      if (message.type === 'tasksEnded') this.#events.onTasksEnded(message.ends.flatMap(({ task }) => this.#take(task)))
      else if (message.type === 'returned') this.#clean(message.tasks)
      else if (message.type === 'ended') {
        this.#clean([...this.#sent.keys()])
        this.#events.onEnd()
      }
    })
  }

  #take(task: number): AttemptFiles[] {
    const sent = this.#sent.get(task)
    this.#sent.delete(task)
    return sent ? [sent.left] : []
  }

  /** It has not begun them. */
  #clean(tasks: readonly number[]): void {
    for (const left of tasks.flatMap(task => this.#take(task))) void left.remove()
  }

  async onRunnerExit(): Promise<void> {
    await this.#receiving
    await this.#worker.onRunnerExit()
  }

  async #there(request: RunnerRequest): Promise<RunnerRequest> {
    if (request.type !== 'tasks') return request
    const tasks: SentTask[] = []
    for (const task of request.tasks) {
      await this.#place.left.clear(task.id)
      const left = this.#place.left.begin(task.id)
      this.#sent.set(task.task, { id: task.id, left })
      tasks.push(await this.#sendFiles(task, left))
    }
    return { ...request, tasks }
  }

  /** What cannot be sent is missed by the worker, which says so of that job. */
  async #sendFiles(task: SentTask, left: AttemptFiles): Promise<SentTask> {
    const { files, folder } = this.#place
    const { protocol } = this.#local
    const file = task.file === undefined ? undefined : `${folder}/${task.id}.in`
    try {
      if (task.file !== undefined && file !== undefined) {
        left.add(file)
        await files.put(task.file, file)
      }
      if (task.arrays && protocol) left.add(...(await sendArrays(task.id, protocol, files, folder)))
    } catch (error) {
      console.error(`What the job ${task.id} reads could not be sent: ${reasonOf(error)}`)
    }
    return { ...task, ...(file !== undefined && { file }) }
  }

  async #here(message: FromRunner): Promise<FromRunner> {
    if (message.type === 'message') return this.#bringMessage(message)
    if (message.type !== 'tasksEnded') return message
    const ends: { task: number; end: SentEnd }[] = []
    for (const { task, end } of message.ends) {
      const sent = this.#sent.get(task)
      ends.push({ task, end: sent ? await this.#bring(sent, end) : end })
    }
    return { ...message, ends }
  }

  /** What cannot be brought is said in its place. */
  async #bringMessage(sent: Extract<FromRunner, { type: 'message' }>): Promise<FromRunner> {
    const { message, run } = sent
    if (!('file' in message)) return sent
    const { bytes } = message
    try {
      const name = basename(message.file)
      if (!/^[\da-f-]+\.message$/.test(name)) throw new Error(`"${name}" is no message of a worker`)
      const file = join(dirname(this.#local.spoolFile), name)
      await this.#place.files.fetch(`${this.#place.folder}/${name}`, bytes, file)
      void this.#place.files.remove(`${this.#place.folder}/${name}`)
      return { ...sent, message: { file, bytes } }
    } catch (error) {
      return { type: 'text', run, text: `[a message of ${bytes} bytes was lost: ${reasonOf(error)}]\n` }
    }
  }

  async #bring(sent: Sent, end: SentEnd): Promise<SentEnd> {
    const { files, folder } = this.#place
    const { protocol } = this.#local
    const { stderrBytes, stderrFile, stdout } = end
    try {
      if (end.arrays && protocol) sent.left.add(...(await bringArrays(sent.id, end.arrays, protocol, files, folder)))
      return {
        ...end,
        ...('file' in stdout && { stdout: { ...stdout, file: await this.#fetch(sent, stdout.file, stdout.bytes) } }),
        ...(stderrFile !== undefined && { stderrFile: await this.#fetch(sent, stderrFile, stderrBytes) }),
      }
    } catch (error) {
      const where = 'file' in stdout ? await keepThere(this.#place, sent.left, this.#fileThere(stdout.file)) : ''
      const message = `The answer could not be brought from ${this.#place.host}: ${reasonOf(error)}.${where}`
      const { arrays: _, answered: __, stderrFile: ___, ...rest } = end
      return { ...rest, stdout: { base64: '' }, error: { kind: 'service', message } }
    }
  }

  /** Not by what is said from there: that may be anything. */
  #fileThere(file: string): string {
    return `${this.#place.folder}/${basename(file)}`
  }

  /** @returns where it is here */
  async #fetch({ id, left }: Sent, file: string, bytes: number): Promise<string> {
    const name = basename(file)
    if (!name.startsWith(`${id}.`)) throw new Error(`"${name}" is no output of this job`)
    const target = join(dirname(this.#local.spoolFile), name)
    left.add(this.#fileThere(file))
    await this.#place.files.fetch(this.#fileThere(file), bytes, target)
    return target
  }
}
