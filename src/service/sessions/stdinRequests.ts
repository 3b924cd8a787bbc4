// Stdin that functions in windows make: requests it from the windows and stores what they answer.
import { rm } from 'node:fs/promises'
import type { StoredInput } from '../../core/jobs/job'
import type { JobLookup } from '../jobs/jobLookup'
import type { Ledger } from '../jobs/ledger'
import type { JobQueue } from '../scheduling/jobQueue'
import type { StdinSource } from '../scheduling/scheduler'
import type { ArrayFiles } from '../state/arrayFiles'
import type { JobRecord } from '../store/records'
import type { Store } from '../store/store'
import type { Sessions } from './sessions'

export interface StdinRequestsParts {
  readonly store: Store
  readonly ledger: Ledger
  readonly lookup: JobLookup
  readonly queue: JobQueue
  readonly sessions: Sessions
  readonly arrays: ArrayFiles
}

export class StdinRequests implements StdinSource {
  readonly #parts: StdinRequestsParts

  constructor(parts: StdinRequestsParts) {
    this.#parts = parts
  }

  request(job: JobRecord): boolean {
    const session = this.#parts.sessions.get(job.session)
    session?.requestInput(job.id)
    return session !== undefined
  }

  /** Whether the window has been asked and has not answered. */
  isRequested({ seq }: JobRecord): boolean {
    return this.#parts.queue.isAwaitingInput(seq)
  }

  fail({ id }: JobRecord, message: string): void {
    const { ledger, lookup } = this.#parts
    const job = lookup.find(id)
    if (job?.state !== 'queued') return
    ledger.transition(job, 'failed', { endedAt: Date.now(), endedBy: 'self', error: { kind: 'prepareInput', message } })
  }

  /** A window has answered. */
  async receive(id: string, input: StoredInput | undefined, error: string | undefined): Promise<void> {
    const { lookup, queue, store } = this.#parts
    const job = lookup.find(id)
    if (job?.state === 'queued') {
      if (!input) return this.fail(job, error ?? 'The stdin function failed.')
      if (queue.inputReceived(job.seq)) return store.setSpec(job.seq, { ...job.spec, stdin: input })
    }
    await this.#removeUnused(id, input, job?.spec.stdin)
  }

  /** The input is not needed: its files are removed, unless the job uses the same. */
  async #removeUnused(id: string, input: StoredInput | undefined, used: StoredInput | undefined): Promise<void> {
    const isUsed = input && 'file' in input && used && 'file' in used && used.file === input.file
    if (input && 'file' in input && input.owned && !isUsed) await rm(input.file, { force: true })
    if (input && 'arrays' in input && !(used && 'arrays' in used)) await this.#parts.arrays.forgetInputs(id)
  }

  /** A window will not come back: its functions will not answer. */
  sessionGone(session: string): void {
    const { queue, store } = this.#parts
    for (const seq of queue.awaitingInput) {
      const job = store.job(seq)
      if (job?.session === session) this.fail(job, 'The window whose function makes its stdin was closed.')
    }
  }
}
