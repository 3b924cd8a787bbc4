// One job of a runner: reports to the service that it has started, how it goes and how it has ended.
import type { EndedBy, JobError } from '../../api'
import { sendEnd, type ToRun } from '../base/runnerProtocol'
import type { Run, RunEnd, RunEvents, RunSpec } from '../base/runTypes'
import { startRun } from '../job/runJob'
import { startOneShot } from '../worker/oneShot'
import type { Report, RunnerHost, RunnerRun } from './runnerRun'

export class RunnerJob implements RunnerRun {
  readonly #run: Run
  /** It has started, and the service has not been notified. */
  #hasStarted = false
  #hasChanged = false

  constructor(
    private readonly id: number,
    spec: RunSpec,
    private readonly host: RunnerHost,
  ) {
    const events: RunEvents = { onStarted: () => this.#onStarted(), onChange: () => this.#onChange() }
    const { protocol } = spec
    this.#run = protocol ? startOneShot({ ...spec, protocol }, events) : startRun(spec, events)
    void this.#run.ended.then(end => this.#onEnd(end))
  }

  get ended(): Promise<unknown> {
    return this.#run.ended
  }

  stop(endedBy: EndedBy, error?: JobError): void {
    this.#run.stop(endedBy, error)
  }

  read({ stream, offset, length }: Extract<ToRun, { type: 'read' }>): Promise<Uint8Array> {
    return this.#run.readOutput(stream, offset, length)
  }

  report(what: Report): void {
    if (what === 'start' || what === 'changes') this.#sendStarted()
    if (what === 'changes' && this.#hasChanged) {
      this.#hasChanged = false
      this.host.send({ type: 'changed', run: this.id, progress: this.#run.progress })
    }
  }

  #onStarted(): void {
    this.#hasStarted = true
    this.host.reportSoon('start')
  }

  #onChange(): void {
    this.#hasChanged = true
    this.host.reportSoon('changes')
  }

  #sendStarted(): void {
    if (!this.#hasStarted) return
    this.#hasStarted = false
    const { pid = 0, command, startedAt = 0 } = this.#run
    this.host.send({ type: 'started', run: this.id, pid, command, startedAt })
  }

  #onEnd(end: RunEnd): void {
    const { pid, command } = this.#run
    this.host.end({ type: 'ended', run: this.id, ...(pid !== undefined && { pid }), command, end: sendEnd(end) })
  }
}
