// One worker for its starter: requests that always settle, and the messages and logs of its process.
import { basename } from 'node:path'
import { t } from '@vscode/l10n'
import type { Event, Progress, RequestOptions, Worker, WorkerError, WorkerExit } from '../../api'
import { uuidv7 } from '../../core/base/uuid'
import type { StoredInput } from '../../core/jobs/job'
import type { WorkerReply, WorkerRequest, WorkerValue } from '../../core/jobs/workerRequests'
import type { ServiceApi } from '../../core/protocol/protocol'
import type { MessageProtocol } from '../../core/values/workerMessages'
import { Emitter } from '../base/emitter'
import { orLate } from '../connection/untilKnown'
import { checkTimeout } from '../values/checkSpec'
import { isSameProgress } from '../values/progress'
import { readValue, removeInputs, storeValue, type ValueFolders } from '../values/values'

interface Pending {
  fail(error: WorkerError): void
  onProgress: ((progress: Progress) => void) | undefined
  /** What was reported last. */
  progress?: Progress
}

export interface WorkerContext {
  readonly service: ServiceApi
  readonly protocol: MessageProtocol
  readonly folders: ValueFolders
  log(message: string): void
}

export class WorkerHandle implements Worker {
  readonly id = uuidv7()
  readonly #context: WorkerContext
  readonly #pending = new Map<string, Pending>()
  readonly #ready = Promise.withResolvers<void>()
  readonly #onError: (error: unknown) => void
  readonly #messages: Emitter<unknown>
  readonly #logs: Emitter<string>
  readonly #exits: Emitter<WorkerExit>
  #started: Promise<void> | undefined
  #exit: WorkerExit | undefined
  /** Messages are delivered in order, also when a value has to be read from a file first. */
  #delivery: Promise<void> = Promise.resolve()

  constructor(context: WorkerContext) {
    this.#context = context
    this.#onError = error => context.log(`A listener of a worker threw: ${String(error)}`)
    this.#messages = new Emitter(this.#onError)
    this.#logs = new Emitter(this.#onError)
    this.#exits = new Emitter(this.#onError)
    this.#ready.promise.catch(() => undefined) // whoever awaits it handles the rejection; nobody has to
  }

  get ready(): Promise<void> {
    return this.#ready.promise
  }

  get onMessage(): Event<unknown> {
    return this.#messages.event
  }

  get onLog(): Event<string> {
    return this.#logs.event
  }

  get onDidExit(): Event<WorkerExit> {
    return (listener, thisArgs, disposables) => {
      const exit = this.#exit
      if (!exit) return this.#exits.event(listener, thisArgs, disposables)
      const late = new Emitter<WorkerExit>(this.#onError)
      queueMicrotask(() => late.fire(exit))
      return late.event(listener, thisArgs, disposables)
    }
  }

  /** @param started resolves when the job service has it */
  begin(started: Promise<void>): void {
    this.#started = started.then(
      () => {
        this.#started = undefined
      },
      (error: Error) =>
        this.handleExit({
          exitCode: null,
          signal: null,
          error: { kind: 'service', message: error.message },
          stderr: '',
        }),
    )
  }

  async request(value: unknown, options: RequestOptions = {}): Promise<unknown> {
    const { timeoutSeconds, signal, onProgress } = options
    checkTimeout(timeoutSeconds)
    this.#throwIfPointless(signal)
    const id = uuidv7()
    let input: StoredInput
    try {
      input = await this.#store(value, id)
      if (this.#started) await this.#started
      this.#throwIfPointless(signal)
    } catch (error) {
      await removeInputs([id], this.#context.folders) // the service does not know of them yet
      throw error
    }
    const limit = timeoutSeconds === undefined ? {} : { timeoutMs: timeoutSeconds * 1000 }
    return this.#send({ id, input, ...limit }, signal, onProgress)
  }

  /** @throws WorkerError when the worker has ended or the request was aborted */
  #throwIfPointless(signal: AbortSignal | undefined): void {
    if (this.#exit) throw this.#exitError(this.#exit)
    if (signal?.aborted) throw aborted()
  }

  /** @throws WorkerError when the value cannot be sent */
  async #store(value: unknown, id: string): Promise<StoredInput> {
    try {
      return await storeValue(value, id, this.#context.protocol, this.#context.folders)
    } catch (error) {
      throw workerError('prepareInput', t`The value cannot be sent: ${(error as Error).message}`)
    }
  }

  #send(request: WorkerRequest, signal: AbortSignal | undefined, onProgress: Pending['onProgress']): Promise<unknown> {
    const { id } = request
    return new Promise((resolve, reject) => {
      const abort = () => {
        settle(() => reject(aborted()))
        this.#context.service.cancelRequests({ worker: this.id, ids: [id] }).catch(() => undefined) // the request has ended meanwhile
      }
      const settle = (how: () => void) => {
        signal?.removeEventListener('abort', abort)
        this.#pending.delete(id)
        how()
      }
      this.#pending.set(id, { onProgress, fail: error => settle(() => reject(error)) })
      signal?.addEventListener('abort', abort)
      this.#context.service
        .request({ worker: this.id, request })
        .then(async reply => {
          if (reply.ended) return // `handleExit` settles it
          if (reply.progress) this.handleProgress(id, reply.progress)
          this.#pending.delete(id) // it is answered, also when the worker ends while the answer is read
          const value = await this.#valueOf(id, reply)
          settle(() => resolve(value))
        })
        .catch(error => settle(() => reject(isWorkerError(error) ? error : workerError('service', error.message))))
    })
  }

  async dispose(): Promise<void> {
    if (this.#exit) return
    await this.#started
    const gone = new Promise<void>(resolve => this.onDidExit(() => resolve()))
    await orLate(this.#context.service.stopWorkers({ ids: [this.id] })).catch((error: Error) => {
      // no event about its end will come: the service ends the workers of a connection that has closed
      this.handleExit({ exitCode: null, signal: null, error: { kind: 'service', message: error.message }, stderr: '' })
    })
    await gone
  }

  // events of the service

  handleReady(): void {
    this.#ready.resolve()
  }

  handleProgress(id: string, progress: Progress): void {
    const pending = this.#pending.get(id)
    if (!pending || isSameProgress(pending.progress, progress)) return
    pending.progress = progress
    const logError = (error: unknown) =>
      this.#context.log(`The callback onProgress of a request threw: ${String(error)}`)
    try {
      const returned: unknown = pending.onProgress?.(progress)
      if (returned instanceof Promise) returned.catch(logError)
    } catch (error) {
      logError(error)
    }
  }

  handleMessage(message: WorkerValue): void {
    this.#delivery = this.#delivery
      .then(async () => {
        this.#messages.fire(await readValue(message, this.#context.protocol, this.#context.folders))
        if ('file' in message) this.#release(basename(message.file, '.message'))
      })
      .catch((error: unknown) => this.#context.log(`A message of a worker could not be read: ${String(error)}`))
  }

  handleLog(text: string): void {
    this.#logs.fire(text)
  }

  handleExit(exit: WorkerExit): void {
    if (this.#exit) return
    this.#exit = exit
    const error = this.#exitError(exit)
    for (const { fail } of [...this.#pending.values()]) fail(error)
    this.#ready.reject(error)
    this.#exits.fire(exit)
  }

  /** @throws WorkerError when there is none */
  async #valueOf(id: string, { value, error }: WorkerReply): Promise<unknown> {
    if (error) {
      const { kind, message, ...more } = error
      throw workerError(kind, message, more)
    }
    try {
      return await readValue(value, this.#context.protocol, this.#context.folders)
    } catch (thrown) {
      throw workerError('parse', t`The answer could not be read: ${(thrown as Error).message}`)
    } finally {
      if (value && ('file' in value || value.arrays)) this.#release(id)
    }
  }

  /** The files of a message or reply have been read. */
  #release(id: string): void {
    this.#context.service.releaseReplies({ worker: this.id, ids: [id] }).catch(() => undefined) // the service removes them when it ends
  }

  #exitError({ error, exitCode, signal, stderr }: WorkerExit): WorkerError {
    const how = signal ? t`signal ${signal}` : t`exit code ${String(exitCode)}`
    return workerError(error?.kind ?? 'exit', error?.message ?? t`The worker has ended (${how}).`, { stderr })
  }
}

function workerError(
  kind: WorkerError['kind'],
  message: string,
  more: { stderr?: string; traceback?: string } = {},
): WorkerError {
  return Object.assign(new Error(message), { name: 'WorkerError' as const, kind, ...more })
}

function aborted(): WorkerError {
  return workerError('aborted', t('The request was aborted.'))
}

function isWorkerError(error: unknown): error is WorkerError {
  return error instanceof Error && error.name === 'WorkerError'
}
