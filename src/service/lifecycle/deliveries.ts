// Results for named handlers, which outlive the window that submitted the job: each is on disk until a handler has returned,
// goes to one window at a time, and in order for each handler.
import type { Delivery, DeliveryAnswer } from '../../core/protocol/protocol'
import { messageBytes } from '../../core/protocol/wire'
import type { Signal } from '../base/signal'
import { becomesTrue } from '../base/waits'
import type { Batch, Batches } from '../jobs/batches'
import type { JobInfos } from '../jobs/jobInfos'
import type { LedgerListener } from '../jobs/ledger'
import type { Activations } from '../sessions/activations'
import { type HandlerOffers, type Origin, originOf } from '../sessions/handlerOffers'
import type { Session } from '../sessions/session'
import type { Environments } from '../state/environments'
import type { Delivery as StoredDelivery } from '../store/deliveriesTable'
import type { JobRecord } from '../store/records'
import type { Store } from '../store/store'

/** After this many tries a result is kept and not delivered again by itself. */
const MAX_TRIES = 5
/** The pause after the first failed try, milliseconds; it doubles with each. */
const PAUSE_MS = Number(process.env.HEADLESS_JOBS_DELIVERY_PAUSE_MS ?? 1000)
/** Results that a window has at once for one handler. */
const MAX_AT_ONCE = 100
/** The same in bytes, unless the first has more. */
const MAX_BYTES = 512 * 1024
/** How long the answer to a window waits for a disk that is full. */
const WRITE_LIMIT_MS = 24 * 60 * 60 * 1000

export interface DeliveriesParts {
  readonly store: Store
  readonly batches: Batches
  readonly infos: JobInfos
  readonly environments: Environments
  readonly offers: HandlerOffers
  readonly activations: Activations
  readonly viewChanged: Signal
}

/** What a window has been given for a handler and has not answered, by the key of each, in order. */
interface Flight {
  session: Session
  open: Map<string, StoredDelivery>
}

export class Deliveries implements LedgerListener {
  readonly #parts: DeliveriesParts
  /** Handlers for which results wait. */
  readonly #waiting: Set<string>
  readonly #flights = new Map<string, Flight>()
  /** Handlers that have failed and are called again later. */
  readonly #pauses = new Map<string, NodeJS.Timeout>()

  constructor(parts: DeliveriesParts) {
    this.#parts = parts
    this.#waiting = new Set(parts.store.deliveries.handlers())
  }

  jobEnded({ seq, spec }: JobRecord): void {
    if (spec.resultHandler) this.#add(seq, spec.resultHandler.id)
  }

  batchEnded({ record }: Batch): void {
    if (record.handler) this.#add(record.seq, record.handler.id)
  }

  #add(subject: number, handler: string): void {
    this.#parts.store.deliveries.add(subject, handler)
    this.#waiting.add(handler)
    // in the next turn: results that come together travel together
    setImmediate(() => this.#deliver(handler))
  }

  /** Of these jobs and batches, or of all. */
  again(ids: readonly string[] | undefined): number {
    const { batches, store, viewChanged } = this.#parts
    const seqOf = (id: string) => batches.byId(id)?.record.seq ?? store.jobById(id)?.seq ?? []
    const again = store.deliveries.again(ids?.flatMap(seqOf))
    for (const handler of store.deliveries.handlers()) this.#waiting.add(handler)
    this.#deliverAll()
    viewChanged.emit()
    return again
  }

  // windows

  /** A window has other handlers than before. */
  offersChanged(): void {
    this.#deliverAll()
  }

  /** What it has not answered goes to another window, or to this one when it is back. */
  connectionClosed(session: Session): void {
    for (const [handler, flight] of this.#flights) {
      if (flight.session !== session) continue
      const [first] = flight.open.values()
      this.#flights.delete(handler)
      if (first) this.#failed(first, 'Its window was closed before the handler had returned.')
    }
    this.#deliverAll()
  }

  /** Resolves when it is on disk. */
  async answered(session: Session, answers: readonly DeliveryAnswer[]): Promise<void> {
    const { store, viewChanged } = this.#parts
    for (const answer of answers) this.#answered(session, answer)
    viewChanged.emit()
    if (!store.writes.commit()) await becomesTrue(() => store.writes.commit(), WRITE_LIMIT_MS)
  }

  #answered(session: Session, answer: DeliveryAnswer): void {
    const key = keyOf(answer)
    const [handler, flight] = this.#flightOf(session, key) ?? []
    const delivery = this.#find(answer) // none when it was cleared or taken elsewhere, or a batch has had another round meanwhile
    const isTaken = answer.error === undefined && !answer.returned
    // also of an earlier connection, or of a try that has been given up: the handler has returned
    if (delivery && isTaken) this.#parts.store.deliveries.remove(delivery.subject)
    if (handler === undefined || !flight) return
    flight.open.delete(key)
    if (isTaken && flight.open.size > 0) return
    this.#flights.delete(handler) // the window has dropped what came after what it did not take
    if (delivery && answer.error !== undefined) this.#failed(delivery, answer.error)
    else this.#deliver(handler)
  }

  #flightOf(session: Session, key: string): [handler: string, flight: Flight] | undefined {
    return [...this.#flights].find(([, flight]) => flight.session === session && flight.open.has(key))
  }

  #find({ id, round }: DeliveryAnswer): StoredDelivery | undefined {
    const { batches, store } = this.#parts
    const batch = round === undefined ? undefined : batches.byId(id)
    const subject = batch ? (batch.record.round === round ? batch.record.seq : undefined) : store.jobById(id)?.seq
    return subject === undefined ? undefined : store.deliveries.get(subject)
  }

  #failed({ subject, handler, tries }: StoredDelivery, error: string): void {
    const { store, viewChanged } = this.#parts
    const isLast = tries + 1 >= MAX_TRIES
    store.deliveries.failed(subject, tries + 1, error, isLast)
    viewChanged.emit()
    if (isLast) {
      console.log(`A result was not delivered to ${handler} after ${MAX_TRIES} tries: ${error}`)
      setImmediate(() => this.#deliver(handler))
      return
    }
    this.#pause(handler, PAUSE_MS * 2 ** tries)
  }

  // delivering

  #deliverAll(): void {
    for (const handler of [...this.#waiting]) this.#deliver(handler)
  }

  #deliver(handler: string): void {
    if (this.#flights.has(handler) || this.#pauses.has(handler)) return
    const { activations, offers, store } = this.#parts
    const next = store.deliveries.next(handler, MAX_AT_ONCE)
    const [first] = next
    if (!first) {
      this.#waiting.delete(handler)
      return
    }
    const origin = this.#originOf(first)
    const session = offers.windowFor('results', handler, origin)
    const isWanted = () => this.#waiting.has(handler) && !this.#flights.has(handler)
    if (!session) activations.request(handler, origin, isWanted)
    else if (store.writes.commit()) this.#send(handler, session, next)
    else this.#pause(handler, PAUSE_MS) // a handler must not hear of an end that a crash could undo
  }

  #pause(handler: string, ms: number): void {
    const end = () => {
      this.#pauses.delete(handler)
      this.#deliver(handler)
    }
    this.#pauses.set(handler, setTimeout(end, ms).unref())
  }

  #send(handler: string, session: Session, next: readonly StoredDelivery[]): void {
    const results: Delivery[] = []
    const open = new Map<string, StoredDelivery>()
    let bytes = 0
    for (const delivery of next) {
      const made = this.#make(delivery.subject)
      bytes += made ? messageBytes(made.result) : 0
      if (results.length > 0 && bytes > MAX_BYTES) break
      if (made) {
        results.push(made.result)
        open.set(made.key, delivery)
      } else this.#parts.store.deliveries.remove(delivery.subject) // it has left the history
    }
    if (results.length === 0) {
      setImmediate(() => this.#deliver(handler))
      return
    }
    this.#flights.set(handler, { session, open })
    session.send({ type: 'deliver', handler, results })
  }

  #make(subject: number): { key: string; result: Delivery } | undefined {
    const { batches, infos, store } = this.#parts
    const batch = batches.get(subject)
    if (batch) {
      const { id, round, handler } = batch.record
      const { collect, context } = handler ?? {}
      const result = { batch: infos.batch(batch), round, ...(collect === false && { collect }), context }
      return { key: keyOf({ id, round }), result }
    }
    const job = store.job(subject)
    if (!job) return undefined
    return { key: keyOf(job), result: { job: infos.delivered(job), context: job.spec.resultHandler?.context } }
  }

  #originOf({ subject }: StoredDelivery): Origin {
    const { batches, environments, store } = this.#parts
    const batch = batches.get(subject)
    const job = batch ? store.firstOf(subject) : store.job(subject)
    const session = batch?.record.session ?? job?.session ?? ''
    return originOf({ session, ...(job && { environment: job.environment }) }, environments)
  }
}

function keyOf({ id, round }: { id: string; round?: number }): string {
  return round === undefined ? id : `${id} ${round}`
}
