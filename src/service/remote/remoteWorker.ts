// A kept worker elsewhere, between its proxy and its runner: what its jobs read is sent before them, what they wrote is brought
// before they end. Messages stay in their order.
import { basename, dirname, join } from 'node:path'
import type { FromRunner, SentEnd, SentTask } from '../../run/base/runnerProtocol'
import type { RunSpec } from '../../run/base/runTypes'
import { reasonOf } from '../../run/base/startError'
import type { ProcessProxy, RunnerRequest } from '../runners/runProxy'
import { bringArrays, sendArrays } from './remoteArrays'
import type { RemotePlace } from './remoteJob'

export class RemoteWorker implements ProcessProxy {
  readonly isConcurrent: boolean
  readonly #worker: ProcessProxy
  readonly #local: RunSpec
  readonly #place: RemotePlace
  /** Of the jobs that it has, by their numbers. */
  readonly #ids = new Map<number, string>()
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
  ) {
    this.#worker = worker
    this.isConcurrent = worker.isConcurrent === true
    this.#local = local
    this.#place = place
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
    this.#receiving = this.#receiving.then(async () => this.#worker.onMessage(await this.#here(message)))
  }

  async onRunnerExit(): Promise<void> {
    await this.#receiving
    await this.#worker.onRunnerExit()
  }

  async #there(request: RunnerRequest): Promise<RunnerRequest> {
    if (request.type !== 'tasks') return request
    const tasks: SentTask[] = []
    for (const task of request.tasks) {
      this.#ids.set(task.task, task.id)
      tasks.push(await this.#sendFiles(task))
    }
    return { ...request, tasks }
  }

  /** What cannot be sent is missed by the worker, which says so of that job. */
  async #sendFiles(task: SentTask): Promise<SentTask> {
    const { files, folder } = this.#place
    const { protocol } = this.#local
    const file = task.file === undefined ? undefined : `${folder}/${task.id}.in`
    try {
      if (task.file !== undefined && file !== undefined) await files.put(task.file, file)
      if (task.arrays && protocol) await sendArrays(task.id, protocol, files, folder)
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
      ends.push({ task, end: await this.#bring(this.#ids.get(task) ?? '', end) })
      this.#ids.delete(task)
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
      return { ...sent, message: { file, bytes } }
    } catch (error) {
      return { type: 'text', run, text: `[a message of ${bytes} bytes was lost: ${reasonOf(error)}]\n` }
    }
  }

  async #bring(id: string, end: SentEnd): Promise<SentEnd> {
    const { files, folder } = this.#place
    const { protocol, spoolFile } = this.#local
    try {
      if (end.arrays && protocol) await bringArrays(id, end.arrays, protocol, files, folder)
      if (!('file' in end.stdout)) return end
      const name = basename(end.stdout.file)
      if (!name.startsWith(`${id}.`)) throw new Error(`"${name}" is no output of this job`)
      const target = join(dirname(spoolFile), name)
      await files.fetch(`${folder}/${name}`, end.stdout.bytes, target)
      return { ...end, stdout: { ...end.stdout, file: target } }
    } catch (error) {
      const message = `The answer could not be brought from ${this.#place.host}: ${reasonOf(error)}.`
      const { arrays: _, answered: __, ...rest } = end
      return { ...rest, stdout: { base64: '' }, error: { kind: 'service', message } }
    }
  }
}
