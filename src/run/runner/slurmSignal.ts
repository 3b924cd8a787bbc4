// Whether Slurm has ended what has just ended: it signals all processes of one of its jobs at once, of which a runner may be the last
// to know.
import type { JobError } from '../../api'
import { pause } from '../../core/base/pause'
import type { FromRunner, SentEnd } from '../base/runnerProtocol'

const SIGNAL_MS = 300
/** A shell whose command was ended by a signal exits with this and the number of that. */
const SIGNALLED_EXIT = 128

export class SlurmSignal {
  readonly #error: JobError
  #isReceived = false

  /** @param error of what Slurm ends */
  constructor(error: JobError) {
    this.#error = error
  }

  /** This runner is to end. @returns the error of what runs in it */
  receive(): JobError {
    this.#isReceived = true
    return this.#error
  }

  /** @returns how it has ended, once that is known */
  async explain(end: SentEnd): Promise<SentEnd> {
    if (!this.#isReceived) await pause(SIGNAL_MS)
    return this.#isReceived ? { ...end, endedBy: 'limit', error: this.#error } : end
  }

  /** The same for all that ends with a message. */
  async explainMessage(message: FromRunner): Promise<FromRunner> {
    const explain = async (end: SentEnd) => (maybeSignalled(end) ? this.explain(end) : end)
    if (message.type === 'ended') return { ...message, end: await explain(message.end) }
    if (message.type !== 'tasksEnded') return message
    const ends = message.ends.map(async ({ end, ...rest }) => ({ ...rest, end: await explain(end) }))
    return { ...message, ends: await Promise.all(ends) }
  }
}

/** Whether something may have been ended by a signal that nobody here has sent. */
export function mayNeedExplanation(message: FromRunner): boolean {
  if (message.type === 'ended') return maybeSignalled(message.end)
  return message.type === 'tasksEnded' && message.ends.some(({ end }) => maybeSignalled(end))
}

function maybeSignalled({ endedBy, exitCode, signal }: SentEnd): boolean {
  return endedBy === 'self' && (signal !== null || (exitCode ?? 0) > SIGNALLED_EXIT)
}
