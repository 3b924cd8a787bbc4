// The bars that a timeline shows: asks the job service for them, and while it is shown for what has changed.
import { randomUUID } from 'node:crypto'
import type { Disposable } from '../../api'
import type { ServiceClient } from '../../client/connection/serviceClient'
import { sentenceOf } from '../../core/base/sentence'
import type { TimelinePart } from '../../core/timeline/bars'

/** How often it asks when it has all. */
const POLL_MS = 500

export interface TimelineListener {
  onPart(part: TimelinePart): void
  /** One sentence why nothing new comes, or that it does again. */
  onProblem(problem: string | undefined): void
}

export class WatchedTimeline implements Disposable {
  readonly #client: ServiceClient
  readonly #batchId: string | undefined
  readonly #listener: TimelineListener
  readonly #id = randomUUID()
  #isShown = false
  /** The page knows nothing. */
  #isNew = true
  /** There is more than the page has been given. */
  #isLoading = true
  #isReading = false
  #timer: NodeJS.Timeout | undefined
  readonly #onState: Disposable

  constructor(client: ServiceClient, batchId: string | undefined, listener: TimelineListener) {
    this.#client = client
    this.#batchId = batchId
    this.#listener = listener
    this.#onState = client.onDidChangeState(() => void this.#read())
  }

  /** A hidden one causes no work. */
  show(isShown: boolean): void {
    this.#isShown = isShown
    if (isShown) void this.#read()
  }

  /** The page begins anew. */
  restart(): void {
    this.#isNew = true
    void this.#read()
  }

  dispose(): void {
    this.#isShown = false
    this.#onState.dispose()
    clearTimeout(this.#timer)
  }

  async #read(): Promise<void> {
    clearTimeout(this.#timer)
    if (this.#isReading || !this.#isShown || this.#client.state !== 'connected') return
    this.#isReading = true
    let isMore = false
    try {
      isMore = await this.#next()
    } catch (error) {
      // a broken connection is said by its own state
      if (this.#client.state === 'connected') this.#listener.onProblem(sentenceOf(error))
    } finally {
      this.#isReading = false
    }
    if (this.#isShown) this.#timer = setTimeout(() => void this.#read(), isMore ? 0 : POLL_MS)
  }

  async #next(): Promise<boolean> {
    const anew = this.#isNew
    this.#isNew = false
    const batch = this.#batchId !== undefined && { batchId: this.#batchId }
    const part = await this.#client.service.timeline({ view: this.#id, ...batch, ...(anew && { anew }) })
    if (this.#isNew) return true // the page began anew meanwhile
    this.#listener.onProblem(undefined)
    const { bars, removed, usage, more } = part
    const hasLoaded = this.#isLoading && !more
    this.#isLoading = more === true
    const isNews = part.anew || bars.seq.length > 0 || removed.length > 0 || usage.at.length > 0 || hasLoaded
    if (isNews) this.#listener.onPart(part)
    return this.#isLoading
  }
}
