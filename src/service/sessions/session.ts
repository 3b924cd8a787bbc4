// One window as the service sees it: what is to be sent to it, in lists, and no more than it reads.
import type { JobInfo } from '../../api'
import type { EndedJob, JobTail, OwnEndedJob } from '../../core/jobs/job'
import type { Rows, Summary } from '../../core/protocol/facts'
import { MAX_PENDING_BYTES, UPDATE_INTERVAL_MS } from '../../core/protocol/limits'
import { inLists } from '../../core/protocol/lists'
import type { ServiceEvent } from '../../core/protocol/protocol'

/** For how long results that follow each other are gathered before they are sent. */
const GATHER_MS = 5

/** The connection of a session, while there is one. */
export interface Sink {
  /** `false` when they are too large for a message: then nothing is sent. */
  send(events: readonly ServiceEvent[]): boolean
  /** Bytes that were sent and not yet read. */
  readonly pendingBytes: number
  /** Calls back once when all has been read. */
  whenDrained(callback: () => void): void
}

/** About how many bytes the facts of a job have in a message. */
export function infoBytes(info: JobInfo): number {
  return info.command.reduce((sum, word) => sum + word.length, 1000)
}

/** The same for an ended job; control characters on stderr have six bytes each in the worst case. */
export function endedBytes({ info, tail }: EndedJob): number {
  return infoBytes(info) + tailBytes(tail)
}

function tailBytes({ stdout, stderr }: JobTail): number {
  return (stdout && 'base64' in stdout ? stdout.base64.length : 0) + 2 * stderr.length
}

function ownEndedBytes({ facts, tail }: OwnEndedJob): number {
  return (facts.error?.message.length ?? 0) + 400 + tailBytes(tail)
}

/** The same in two events, when one is too large: how long texts become in a message is not known before. */
function halvesOf(event: ServiceEvent): ServiceEvent[] {
  const halves = <T>(list: readonly T[]) => {
    const middle = Math.ceil(list.length / 2)
    return list.length > 1 ? [list.slice(0, middle), list.slice(middle)] : []
  }
  switch (event.type) {
    case 'jobs':
      return halves(event.jobs).map(jobs => ({ type: event.type, jobs }))
    case 'ended':
    case 'finish':
      return halves(event.jobs).map(jobs => ({ type: event.type, jobs }))
    case 'ownEnded':
      return halves(event.jobs).map(jobs => ({ type: event.type, jobs }))
    case 'callInputHandlers':
      return halves(event.jobs).map(jobs => ({ type: event.type, jobs }))
    default:
      return []
  }
}

export class Session {
  readonly id: string
  workspace = ''
  window = ''
  #sink: Sink | undefined
  #overflowed = false
  /** Describes each job whose facts have changed, when that is sent. */
  readonly #changed = new Map<string, () => JobInfo>()
  #ended: EndedJob[] = []
  #ownEnded: OwnEndedJob[] = []
  #finish: EndedJob[] = []
  #inputRequests: string[] = []
  #summary: Summary | undefined
  /** The latest of each view. */
  readonly #rows = new Map<string, Rows>()
  /** Cancels the flush that is due soon. */
  #cancelSoon: (() => void) | undefined
  #sentAt = 0
  #updateTimer: NodeJS.Timeout | undefined

  constructor(id: string) {
    this.id = id
  }

  get connected(): boolean {
    return this.#sink !== undefined
  }

  /** Bytes that it was sent and has not read. */
  get pendingBytes(): number {
    return this.#sink?.pendingBytes ?? 0
  }

  attach(sink: Sink): void {
    this.#drop()
    this.#sink = sink
  }

  /** Whether this is its connection, and no newer one. */
  isAttached(sink: Sink): boolean {
    return this.#sink === sink
  }

  /** A connection has closed; `false` when a newer one has taken over already. */
  detach(sink: Sink): boolean {
    if (!this.isAttached(sink)) return false
    this.#sink = undefined
    this.#drop()
    return true
  }

  /** Facts have changed: sent at most 10 times a second, the latest of each job. */
  changed(id: string, describe: () => JobInfo): void {
    if (!this.#sink) return
    this.#changed.set(id, describe)
    this.#flushLater()
  }

  ended(job: EndedJob): void {
    if (!this.#sink) return
    this.#changed.delete(job.info.id)
    this.#ended.push(job)
    this.#flushSoon()
  }

  /** As `ended`, for a job that this window has submitted itself. */
  ownEnded(job: OwnEndedJob): void {
    if (!this.#sink) return
    this.#changed.delete(job.id)
    this.#ownEnded.push(job)
    this.#flushSoon()
  }

  finish(job: EndedJob): void {
    if (!this.#sink) return
    this.#changed.delete(job.info.id)
    this.#finish.push(job)
    this.#flushSoon()
  }

  /** Asks for the stdin of a job, which a function in the window makes. */
  requestInput(id: string): void {
    if (!this.#sink) return
    this.#inputRequests.push(id)
    this.#flushSoon()
  }

  summarise(summary: Summary): void {
    if (!this.#sink) return
    this.#summary = summary
    this.#flushLater()
  }

  /** @param id of the view, given by the window */
  showRows(id: string, rows: Rows): void {
    if (!this.#sink) return
    this.#rows.set(id, rows)
    this.#flushLater()
  }

  send(event: ServiceEvent): void {
    if (!this.#sink || this.#sink.send([event])) return
    const halves = halvesOf(event)
    for (const half of halves) this.send(half)
    if (halves.length === 0) this.#sink.send([{ type: 'resync' }])
  }

  /** Calls back once when the window has read all that it was sent. */
  whenDrained(callback: () => void): void {
    this.#sink?.whenDrained(callback)
  }

  /** At once, but results that follow each other closely travel together: a message costs more than a result. */
  #flushSoon(): void {
    if (this.#cancelSoon) return
    const flush = () => {
      this.#cancelSoon = undefined
      this.#sentAt = performance.now()
      this.#sendAll(this.#urgent())
    }
    if (performance.now() - this.#sentAt > GATHER_MS) {
      const immediate = setImmediate(flush)
      this.#cancelSoon = () => clearImmediate(immediate)
    } else {
      const timeout = setTimeout(flush, GATHER_MS)
      this.#cancelSoon = () => clearTimeout(timeout)
    }
  }

  #flushLater(): void {
    this.#updateTimer ??= setTimeout(() => {
      this.#updateTimer = undefined
      this.#sendAll([...this.#urgent(), ...this.#updates()])
    }, UPDATE_INTERVAL_MS)
  }

  *#urgent(): Generator<ServiceEvent> {
    const ended = this.#ended
    const ownEnded = this.#ownEnded
    const finish = this.#finish
    const inputRequests = this.#inputRequests
    this.#ended = []
    this.#ownEnded = []
    this.#finish = []
    this.#inputRequests = []
    for (const ids of inLists(inputRequests, () => 40)) yield { type: 'ask', ids }
    for (const jobs of inLists(finish, endedBytes)) yield { type: 'finish', jobs }
    for (const jobs of inLists(ended, endedBytes)) yield { type: 'ended', jobs }
    for (const jobs of inLists(ownEnded, ownEndedBytes)) yield { type: 'ownEnded', jobs }
  }

  *#updates(): Generator<ServiceEvent> {
    const infos = [...this.#changed.values()].map(describe => describe())
    this.#changed.clear()
    for (const jobs of inLists(infos, infoBytes)) yield { type: 'jobs', jobs }
    if (this.#summary) yield { type: 'summary', summary: this.#summary }
    for (const [id, rows] of this.#rows) yield { type: 'rows', id, rows }
    this.#summary = undefined
    this.#rows.clear()
  }

  #sendAll(events: Iterable<ServiceEvent>): void {
    const sink = this.#sink
    if (!sink) return
    for (const event of events) {
      if (this.#overflowed) continue
      if (sink.pendingBytes > MAX_PENDING_BYTES) {
        this.#overflowed = true
        sink.whenDrained(() => {
          this.#overflowed = false
          this.send({ type: 'resync' }) // the window asks for its jobs and its rows again
        })
        continue
      }
      this.send(event)
    }
  }

  /** Forgets what was to be sent: a new connection asks for it. */
  #drop(): void {
    this.#overflowed = false
    this.#cancelSoon?.()
    clearTimeout(this.#updateTimer)
    this.#cancelSoon = undefined
    this.#updateTimer = undefined
    this.#changed.clear()
    this.#rows.clear()
    this.#ended = []
    this.#ownEnded = []
    this.#finish = []
    this.#inputRequests = []
  }
}
