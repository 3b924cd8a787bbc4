// Keeps what windows show up to date: the summary, and the rows of each of their views.
import type { JobFind, RowQuery, Rows, Summary } from '../../core/protocol/facts'
import { UPDATE_INTERVAL_MS } from '../../core/protocol/limits'
import type { Signal } from '../base/signal'
import type { LedgerListener } from '../jobs/ledger'
import type { Session } from '../sessions/session'
import type { Sessions } from '../sessions/sessions'
import type { JobRecord } from '../store/records'
import { FoundJobs } from './foundJobs'
import { RowsWatch, type RowsWatchParts } from './rowsWatch'

export interface WindowUpdatesParts extends RowsWatchParts {
  readonly sessions: Sessions
  readonly viewChanged: Signal
  summary(): Summary
}

interface View {
  watch?: RowsWatch
  /** What it has found or is searching for; kept for as long as its queries find the same. */
  found?: { readonly jobs: FoundJobs; readonly searched: Promise<void> }
}

function isSame(a: JobFind, b: JobFind): boolean {
  return a.text === b.text && a.order === b.order && a.group === b.group
}

export class WindowUpdates implements LedgerListener {
  readonly #parts: WindowUpdatesParts
  /** Of each window by the id that the window has given to its view. */
  readonly #views = new Map<Session, Map<string, View>>()
  #timer: NodeJS.Timeout | undefined

  constructor(parts: WindowUpdatesParts) {
    this.#parts = parts
    parts.viewChanged.on(() => this.#sendSoon())
  }

  get summary(): Summary {
    return this.#parts.summary()
  }

  /**
   * Begins or changes what one view of a window shows.
   * @returns `null` when the view has asked for something else while it was searched for
   */
  async watch(session: Session, id: string, query: RowQuery): Promise<Rows | null> {
    const views = this.#views.get(session) ?? new Map<string, View>()
    const view = views.get(id) ?? {}
    this.#views.set(session, views.set(id, view))
    const found = this.#find(view, query.find)
    await found?.searched
    if (this.#views.get(session)?.get(id) !== view || view.found !== found) return null
    view.watch = new RowsWatch(this.#parts, session, query, found?.jobs)
    return view.watch.read()
  }

  /** Searches, unless the view has found just that. */
  #find(view: View, find: JobFind | undefined): View['found'] {
    if (find && view.found && isSame(view.found.jobs.find, find)) return view.found
    view.found?.jobs.drop()
    delete view.found
    if (!find) return undefined
    const jobs = new FoundJobs(this.#parts, find)
    view.found = { jobs, searched: jobs.search() }
    return view.found
  }

  unwatch(session: Session, id: string): void {
    const views = this.#views.get(session)
    views?.get(id)?.found?.jobs.drop()
    views?.delete(id)
    if (views?.size === 0) this.#views.delete(session)
  }

  unwatchAll(session: Session): void {
    for (const id of [...(this.#views.get(session)?.keys() ?? [])]) this.unwatch(session, id)
  }

  jobAdded(job: JobRecord): void {
    this.#judgeAgain(job)
  }

  jobReplaced(job: JobRecord): void {
    this.#judgeAgain(job)
  }

  jobChanged(job: JobRecord): void {
    this.#judgeAgain(job)
  }

  jobEnded(job: JobRecord): void {
    this.#judgeAgain(job)
  }

  jobsForgotten(jobs: readonly JobRecord[]): void {
    for (const job of jobs) this.#judgeAgain(job)
  }

  #judgeAgain({ seq }: JobRecord): void {
    for (const views of this.#views.values()) for (const { found } of views.values()) found?.jobs.jobChanged(seq)
  }

  #sendSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      const { summary } = this
      for (const session of this.#parts.sessions.connected) {
        session.summarise(summary)
        for (const [id, { watch }] of this.#views.get(session) ?? []) {
          const rows = watch?.readChanged()
          if (rows) session.showRows(id, rows)
        }
      }
    }, UPDATE_INTERVAL_MS)
  }

  /** The last summary, by which windows know whether jobs are left. */
  close(): void {
    clearTimeout(this.#timer)
    const { summary } = this
    for (const session of this.#parts.sessions.connected) session.send({ type: 'summary', summary })
  }
}
