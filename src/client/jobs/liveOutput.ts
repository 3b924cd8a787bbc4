// Live output for `onStdout` and `onStderr`: the window fetches what has been added, in order and at its own pace, so
// that output faster than its callbacks is neither lost nor kept in memory.
import type { JobInfo } from '../../api'
import { MAX_INLINE_BYTES } from '../../core/protocol/limits'
import type { ServiceClient } from '../connection/serviceClient'
import { untilKnown } from '../connection/untilKnown'
import type { HandleHost, JobHandle } from './jobHandle'

interface Pull {
  stdout: number
  stderr: number
  /** A new attempt is read from its start. */
  attempt: number
  /** The pull that is under way; the next one follows it. */
  last: Promise<void>
}

const pulls = new WeakMap<JobHandle<unknown>, Pull>()

/** Calls the callbacks with the output up to the sizes in `info`; resolves when they have returned. */
export function pullOutput(
  client: ServiceClient,
  job: JobHandle<unknown>,
  info: JobInfo,
  hub: HandleHost,
): Promise<void> {
  const pull = pulls.get(job) ?? { stdout: 0, stderr: 0, attempt: 0, last: Promise.resolve() }
  pulls.set(job, pull)
  const run = async () => {
    if (info.attempts !== pull.attempt) Object.assign(pull, { stdout: 0, stderr: 0, attempt: info.attempts })
    if (typeof job.spec.stdout !== 'object') await pullStream(client, job, 'stdout', info.stdoutBytes, pull, hub)
    if (!job.spec.stderr) await pullStream(client, job, 'stderr', info.stderrBytes, pull, hub)
  }
  pull.last = pull.last
    .then(run)
    .catch((error: unknown) => hub.log(`Live output of job ${info.name} could not be fetched: ${String(error)}`))
  return pull.last
}

async function pullStream(
  client: ServiceClient,
  job: JobHandle<unknown>,
  stream: 'stdout' | 'stderr',
  upTo: number,
  pull: Pull,
  hub: HandleHost,
): Promise<void> {
  const callback = stream === 'stdout' ? job.spec.onStdout : job.spec.onStderr
  if (!callback) return
  while (pull[stream] < upTo) {
    const piece = { id: job.id, stream, offset: pull[stream], length: MAX_INLINE_BYTES * 4 }
    const { base64 } = await untilKnown(client, () => client.service.output(piece))
    const bytes = new Uint8Array(Buffer.from(base64, 'base64'))
    if (bytes.length === 0) return
    pull[stream] += bytes.length
    hub.callbacks.call(stream === 'stdout' ? 'onStdout' : 'onStderr', job, callback, bytes)
  }
}
