// What a runner has under way: a job (`runnerJob`) or a worker (`runnerWorker`), as that sees it which holds all of them.
import type { EndedBy, JobError } from '../../api'
import type { FromRunner, ToRun, ToWorker } from '../base/runnerProtocol'

/** What is gathered and sent a moment later: a message costs more than what it reports. */
export type Report = 'start' | 'taskEnds' | 'changes'

export interface RunnerRun {
  /** Never rejects; resolves when nothing of it is left. */
  readonly ended: Promise<unknown>
  stop(endedBy: EndedBy, error?: JobError): void
  /** @returns none when it has no such task */
  read(range: Extract<ToRun, { type: 'read' }>): Promise<Uint8Array> | undefined
  /** Absent where it is no worker. */
  onRequest?(message: ToWorker): void
  /** Sends what has been gathered, if anything has. */
  report(what: Report): void
}

/** What the runner does for all of them. */
export interface RunnerHost {
  send(message: FromRunner): void
  /** Bytes that were sent and have not been read yet. */
  pendingBytes(): number
  /** `report` is to be called soon. */
  reportSoon(what: Report): void
  /** Sends how it has ended; it gets no more messages. */
  end(ended: Extract<FromRunner, { type: 'ended' }>): void
}
