// The details of the job that a page shows: read when it is chosen, and again while it is shown, since it may change or be run again.
import type { Disposable, JobInfo } from '../../api'
import type { ServiceClient } from '../../client/connection/serviceClient'
import { type JobDetails, type OutputTail, TAIL_BYTES } from '../../core/pages/jobDetails'
import { detailsOf, type FromSpec, noTail, tailOf } from '../text/detailsModel'

/** How often it is looked at. */
const POLL_MS = 500

type Stream = 'stdout' | 'stderr'

/** @param isAnswer whether it is what a page has asked for, not a change of it */
type OnDetails = (id: string, details: JobDetails | undefined, isAnswer: boolean) => void

export class WatchedDetails implements Disposable {
  readonly #client: ServiceClient
  readonly #onDetails: OnDetails
  #id: string | undefined
  #timer: NodeJS.Timeout | undefined
  #isReading = false
  /** What was sent last. */
  #sent = ''
  /** Of the job that was read last: an input of megabytes is not measured again each time. */
  #known: { id: string; facts: FromSpec; hasValue: boolean } | undefined
  readonly #tails: Partial<Record<Stream, OutputTail>> = {}

  constructor(client: ServiceClient, onDetails: OnDetails) {
    this.#client = client
    this.#onDetails = onDetails
  }

  /** @param id of the job, or none; the page may be a new one, which knows nothing */
  watch(id: string | undefined): void {
    clearInterval(this.#timer)
    this.#timer = undefined
    if (id !== this.#id) this.#forget()
    this.#id = id
    this.#sent = ''
    if (id === undefined) return
    this.#timer = setInterval(() => void this.#read(), POLL_MS)
    void this.#read()
  }

  dispose(): void {
    this.watch(undefined)
  }

  #forget(): void {
    this.#known = undefined
    delete this.#tails.stdout
    delete this.#tails.stderr
  }

  async #read(): Promise<void> {
    const id = this.#id
    if (this.#isReading || id === undefined || this.#client.state !== 'connected') return
    this.#isReading = true
    try {
      const details = await this.#detailsOf(id)
      const text = JSON.stringify(details ?? null)
      if (id !== this.#id || text === this.#sent) return
      const isAnswer = this.#sent === ''
      this.#sent = text
      this.#onDetails(id, details, isAnswer)
    } catch {
      // the connection broke, or the job was cleared in this moment: the next time shows it
    } finally {
      this.#isReading = false
      if (id !== this.#id) void this.#read()
    }
  }

  async #detailsOf(id: string): Promise<JobDetails | undefined> {
    const { service } = this.#client
    const place = await service.place({ id })
    if (!place) return undefined
    const { latest: job, turn, usage } = place
    if (this.#known?.id !== job.id) {
      this.#forget()
      const spec = await service.getSpec({ id: job.id })
      this.#known = spec && { id: job.id, facts: detailsOf(spec), hasValue: spec.protocol !== undefined }
    }
    if (!this.#known) return undefined
    const { facts, hasValue } = this.#known
    const stdout = hasValue
      ? { ...noTail, total: job.stdoutBytes, isBinary: job.stdoutBytes > 0 }
      : await this.#tail(job, 'stdout')
    return {
      job,
      ...facts,
      ...(turn && { turn }),
      ...(usage && { usage }),
      stdout,
      stderr: await this.#tail(job, 'stderr'),
    }
  }

  /** Read again when there is more. */
  async #tail({ id, ...job }: JobInfo, stream: Stream): Promise<OutputTail> {
    const size = stream === 'stdout' ? job.stdoutBytes : job.stderrBytes
    const known = this.#tails[stream] ?? noTail
    if (size === known.total) return known
    const offset = Math.max(0, size - TAIL_BYTES)
    const { base64, total } = await this.#client.service.output({ id, stream, offset, length: TAIL_BYTES })
    const bytes = Buffer.from(base64, 'base64')
    const tail = { ...tailOf(bytes, offset, total), total: size }
    this.#tails[stream] = tail
    return tail
  }
}
