// The workers of this window: starts them, and passes on the events of the service about them.
import { t } from '@vscode/l10n'
import type { WorkerSpec } from '../../api'
import type { StoredSpec } from '../../core/jobs/job'
import { defaultName } from '../../core/jobs/jobName'
import type { ServiceEvent } from '../../core/protocol/protocol'
import { whyTooLarge } from '../../core/protocol/specLimit'
import type { ServiceClient } from '../connection/serviceClient'
import { orLate } from '../connection/untilKnown'
import { type HubHost, NOT_TRUSTED } from '../jobs/jobHub'
import { workingFolder } from '../jobs/workingFolder'
import { WorkerHandle } from './workerHandle'

export class Workers {
  readonly #client: ServiceClient
  readonly #host: HubHost
  readonly #workers = new Map<string, WorkerHandle>()

  constructor(client: ServiceClient, host: HubHost) {
    this.#client = client
    this.#host = host
    client.onEvents(events => this.#receive(events))
    client.onDidChangeState(() => {
      if (!client.isConnected) this.#lost()
    })
  }

  start(given: WorkerSpec, owner: string): WorkerHandle {
    const { protocol = 'lines', ...spec } = given
    const worker = new WorkerHandle({
      service: this.#client.service,
      protocol,
      folders: this.#client.folders,
      log: message => this.#host.log(message),
    })
    const stored: StoredSpec = {
      ...spec,
      command: spec.command.slice(),
      id: worker.id,
      name: spec.name ?? defaultName(spec),
      cwd: workingFolder(spec.cwd, this.#host.defaultCwd()),
      protocol,
    }
    worker.begin(this.#start(worker, stored, owner))
    return worker
  }

  async #start(worker: WorkerHandle, spec: StoredSpec, owner: string): Promise<void> {
    if (!this.#host.isTrusted()) throw new Error(NOT_TRUSTED)
    if (!(await this.#client.connect({ start: true })))
      throw new Error(this.#client.message ?? t('The job service cannot be reached.'))
    const tooLarge = whyTooLarge(spec)
    if (tooLarge !== undefined) throw new Error(tooLarge)
    this.#workers.set(worker.id, worker)
    const environment = this.#client.environmentHash
    await orLate(this.#client.service.startWorker({ id: worker.id, owner, environment, spec }))
  }

  #receive(events: readonly ServiceEvent[]): void {
    for (const event of events) {
      if (!('worker' in event)) continue
      const worker = this.#workers.get(event.worker)
      if (!worker) continue
      if (event.type === 'workerProgress') worker.handleProgress(event.id, event.progress)
      else if (event.type === 'workerReady') worker.handleReady()
      else if (event.type === 'workerMessage') worker.handleMessage(event.message)
      else if (event.type === 'workerLog') worker.handleLog(event.text)
      else if (event.type === 'workerExit') {
        this.#workers.delete(event.worker)
        worker.handleExit(event.exit)
      }
    }
  }

  /** The service ends the workers of a connection that has closed. */
  #lost(): void {
    const workers = [...this.#workers.values()]
    this.#workers.clear()
    const error = {
      kind: 'service' as const,
      message: t('The connection to the job service broke, and the worker ended with it.'),
    }
    for (const worker of workers) worker.handleExit({ exitCode: null, signal: null, error, stderr: '' })
  }
}
