// What windows are sent of a job: its facts as the API has them, and what an ended one wrote.
import type { JobInfo } from '../../api'
import type { EndedJob, JobFacts, JobTail, OwnEndedJob } from '../../core/jobs/job'
import { MAX_INLINE_BYTES } from '../../core/protocol/limits'
import { toBase64 } from '../../run/base/runnerProtocol'
import type { JobRecord, StoredOutputs } from '../store/records'
import type { Store } from '../store/store'
import { countEarlier } from './attempts'
import type { Batches } from './batches'
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
      queue: spec.queue ?? 'local',
      priority: spec.priority ?? 0,
      cores: spec.cores ?? 1,
      command: spec.wrapper ? [...spec.wrapper, ...spec.command] : spec.command,
      cwd: spec.cwd,
      ...this.#facts(job),
    }
  }

  #facts(job: JobRecord): JobFacts {
    const { processStartTime: _, stderrTruncated: __, stdoutFile: ___, stderrFile: ____, ...visible } = job.facts
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
