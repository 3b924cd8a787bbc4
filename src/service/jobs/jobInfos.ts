// What windows are sent of a job: its facts as the API has them, and what an ended one wrote.
import type { JobInfo } from '../../api'
import { type EndedJob, isFinal, type JobFacts, type JobTail, type OwnEndedJob } from '../../core/jobs/job'
import { LOCAL_QUEUE } from '../../core/jobs/queueConfig'
import type { BatchInfo } from '../../core/protocol/facts'
import { MAX_INLINE_BYTES } from '../../core/protocol/limits'
import type { DeliveredJob } from '../../core/protocol/protocol'
import { toBase64 } from '../../run/base/runnerProtocol'
import type { JobRecord, StoredOutputs } from '../store/records'
import type { Store } from '../store/store'
import { countEarlier } from './attempts'
import type { Batch, Batches, DeliveryFacts } from './batches'
import type { WaitCause } from './queuePlace'

const lenient = new TextDecoder()

export class JobInfos {
  readonly #store: Store
  readonly #batches: Batches
  readonly #queue: WaitCause

  constructor(store: Store, batches: Batches, queue: WaitCause) {
    this.#store = store
    this.#batches = batches
    this.#queue = queue
  }

  info(job: JobRecord): JobInfo {
    const { spec } = job
    const batchId = this.#batches.get(job.batch)?.record.id
    return {
      id: job.id,
      name: spec.name,
      ...(batchId !== undefined && { batchId }),
      owner: job.owner,
      queue: spec.queue ?? LOCAL_QUEUE,
      priority: spec.priority ?? 0,
      cores: spec.cores ?? 1,
      command: spec.wrapper ? [...spec.wrapper, ...spec.command] : spec.command,
      cwd: spec.cwd,
      ...this.#facts(job),
    }
  }

  batch(batch: Batch): BatchInfo {
    const { ended, handler, seq } = batch.record
    const info = ended === null || !handler ? batch.info() : batch.info(this.#deliveryOf(seq, handler.id))
    return this.#batches.isNamesake(batch) ? { ...info, isNamesake: true } : info
  }

  #deliveryOf(subject: number, resultHandler: string): DeliveryFacts {
    const open = this.#store.deliveries.get(subject)
    if (!open) return { resultHandler, delivery: 'delivered' }
    const delivery = open.givenUp ? 'undelivered' : 'waiting'
    return { resultHandler, delivery, ...(open.error !== null && { deliveryError: open.error }) }
  }

  #facts(job: JobRecord): JobFacts {
    const {
      processStartTime: _,
      stderrTruncated: __,
      stdoutFile: ___,
      stderrFile: ____,
      order: _____,
      ...visible
    } = job.facts
    const earlierAttempts = countEarlier(this.#store, job)
    const reason = job.state === 'queued' ? this.#queue.reasonOf(job) : undefined
    return {
      state: job.state,
      ...(reason !== undefined && { reason }),
      submittedAt: job.submitted,
      attempts: 0,
      stdoutBytes: 0,
      stderrBytes: 0,
      ...(job.replaces !== null && { rerunOf: job.replaces }),
      ...(earlierAttempts > 0 && { earlierAttempts }),
      ...(job.spec.resultHandler && isFinal(job.state) && this.#deliveryOf(job.seq, job.spec.resultHandler.id)),
      ...visible,
    }
  }

  /** For the window that submitted it. */
  ownEnded(job: JobRecord, outputs: Outputs = this.#store.output(job.seq)): OwnEndedJob {
    return { id: job.id, facts: this.#facts(job), tail: tailOf(job, outputs) }
  }

  /** An ended job with its outputs: small ones from the store, large ones as paths. */
  ended(job: JobRecord, outputs: Outputs = this.#store.output(job.seq)): EndedJob {
    return { info: this.info(job), tail: tailOf(job, outputs) }
  }

  /** For a window that may not have its spec. */
  delivered(job: JobRecord): DeliveredJob {
    const { protocol, stdout } = job.spec
    return { ended: this.ended(job), ...(stdout !== undefined && { stdout }), ...(protocol && { protocol }) }
  }
}

type Outputs = Pick<StoredOutputs, 'stdout' | 'stderr'>

function tailOf(job: JobRecord, { stdout, stderr }: Outputs): JobTail {
  const { stdoutFile, stderrFile, stdoutBytes = 0, stderrTruncated = false } = job.facts
  const tail: JobTail = { stderr: stderr ? lenient.decode(stderr) : '', stderrTruncated }
  if (stdoutFile !== undefined) tail.stdoutFile = stdoutFile
  if (stderrFile !== undefined) tail.stderrFile = stderrFile
  if (stdoutFile !== undefined) tail.stdout = { file: stdoutFile, bytes: stdoutBytes }
  else if (stdout && stdout.length <= MAX_INLINE_BYTES) tail.stdout = { base64: toBase64(stdout) }
  return tail
}
