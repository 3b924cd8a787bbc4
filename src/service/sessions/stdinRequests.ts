// Stdin that functions and named handlers in windows make: requests it from the windows and stores what they answer.
import { rm } from 'node:fs/promises'
import { extensionOf, inputHandlerOf, type StoredInput } from '../../core/jobs/job'
import { inLists } from '../../core/protocol/lists'
import type { InputAnswer, InputCall } from '../../core/protocol/protocol'
import { messageBytes } from '../../core/protocol/wire'
import type { JobLookup } from '../jobs/jobLookup'
import type { Ledger } from '../jobs/ledger'
import type { JobQueue } from '../scheduling/jobQueue'
import type { StdinSource } from '../scheduling/scheduler'
import type { InputRequest } from '../scheduling/stdinInputs'
import type { ArrayFiles } from '../state/arrayFiles'
import type { Environments } from '../state/environments'
import type { JobRecord } from '../store/records'
import type { Store } from '../store/store'
import type { Activations } from './activations'
import { type HandlerOffers, originOf } from './handlerOffers'
import type { Session } from './session'
import type { Sessions } from './sessions'

export interface StdinRequestsParts {
  readonly store: Store
  readonly ledger: Ledger
  readonly lookup: JobLookup
  readonly queue: JobQueue
  readonly sessions: Sessions
  readonly environments: Environments
  readonly arrays: ArrayFiles
  readonly offers: HandlerOffers
  readonly activations: Activations
}

export class StdinRequests implements StdinSource {
  readonly #parts: StdinRequestsParts
  /** Calls of named handlers that are to be sent in this turn. */
  readonly #calls = new Map<Session, InputCall[]>()

  constructor(parts: StdinRequestsParts) {
    this.#parts = parts
  }

  request(job: JobRecord): InputRequest | undefined {
    const { offers, sessions } = this.#parts
    const handler = inputHandlerOf(job.spec.stdin)
    if (!handler) {
      const session = sessions.get(job.session)
      session?.requestInput(job.id)
      return session && { session: session.id }
    }
    const session = offers.windowFor('inputs', handler.id, originOf(job, this.#parts.environments))
    if (!session) return undefined
    const { protocol } = job.spec
    this.#callSoon(session, { id: job.id, handler, ...(protocol && { protocol }) })
    return { session: session.id, handler: handler.id }
  }

  #callSoon(session: Session, call: InputCall): void {
    if (this.#calls.size === 0) setImmediate(() => this.#sendCalls())
    const calls = this.#calls.get(session) ?? []
    this.#calls.set(session, calls)
    calls.push(call)
  }

  #sendCalls(): void {
    for (const [session, calls] of this.#calls)
      for (const jobs of inLists(calls, messageBytes)) session.send({ type: 'callInputHandlers', jobs })
    this.#calls.clear()
  }

  /** A window asks what became of a job of its own: its function may not have been asked on this connection. */
  repeatRequest({ id, seq, session }: JobRecord, asking: Session): void {
    const request = this.#parts.queue.inputRequestOf(seq)
    if (request && request.handler === undefined && session === asking.id) asking.requestInput(id)
  }

  fail({ id }: JobRecord, message: string): void {
    const { ledger, lookup } = this.#parts
    const job = lookup.find(id)
    if (job?.state !== 'queued') return
    ledger.transition(job, 'failed', { endedAt: Date.now(), endedBy: 'self', error: { kind: 'prepareInput', message } })
  }

  /** A window has answered. */
  async receive(session: Session, { id, input, error, returned }: InputAnswer): Promise<void> {
    const { lookup, queue, store } = this.#parts
    const job = lookup.find(id)
    if (job?.state === 'queued' && this.#isExpected(job, session)) {
      if (returned) return queue.requestAgain(job.seq)
      if (!input) return this.fail(job, error ?? 'The stdin function failed.')
      if (queue.inputReceived(job.seq)) return store.setSpec(job.seq, { ...job.spec, stdin: input })
    }
    // another window may be writing files of the same names
    if (job?.state !== 'queued' || !inputHandlerOf(job.spec.stdin)) await this.#removeUnused(id, input, job?.spec.stdin)
  }

  /** A handler may have been asked in another window meanwhile. */
  #isExpected({ seq, spec }: JobRecord, session: Session): boolean {
    const request = this.#parts.queue.inputRequestOf(seq)
    if (request?.handler !== undefined) return request.session === session.id
    return spec.stdin !== undefined && 'ask' in spec.stdin && !spec.stdin.handler
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
    for (const [seq, { handler }] of queue.inputRequests) {
      const job = handler === undefined ? store.job(seq) : undefined
      if (job?.session === session) this.fail(job, 'The window whose function makes its stdin was closed.')
    }
  }

  // named handlers

  /** What its handlers have not answered is requested elsewhere, or from this window when it is back. */
  connectionClosed(session: Session): void {
    this.#calls.delete(session)
    this.#requestAgain(session, () => true)
  }

  /** A window has registered handlers, or disposed of some that have not answered. */
  offersChanged(session: Session): void {
    const { offers } = this.#parts
    this.#requestAgain(session, handler => !offers.isOfferedBy(session, 'inputs', handler))
    this.#wantExtensions()
  }

  #requestAgain(session: Session, which: (handler: string) => boolean): void {
    const { queue } = this.#parts
    for (const [seq, { handler, session: asked }] of queue.inputRequests)
      if (handler !== undefined && asked === session.id && which(handler)) queue.requestAgain(seq)
  }

  /** One handler of each extension that no window offers stands for all of them. */
  #wantExtensions(): void {
    const { offers, queue } = this.#parts
    const wanted = new Map<string, string>()
    for (const handler of queue.wantedHandlers)
      if (!offers.isInputOffered(handler)) wanted.set(extensionOf(handler), handler)
    for (const handler of wanted.values()) this.want(handler)
  }

  /** A job waits for a handler that no window offers. */
  want(handler: string): void {
    const { activations, offers, queue, store } = this.#parts
    const first = queue.firstOfHandler(handler)
    const job = first === undefined ? undefined : store.job(first)
    const isWanted = () => queue.firstOfHandler(handler) !== undefined && !offers.isInputOffered(handler)
    if (job) activations.request(handler, originOf(job, this.#parts.environments), isWanted)
  }
}
