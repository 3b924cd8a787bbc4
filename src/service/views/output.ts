// Reads a stretch of a job's output, wherever it is by now: in the run, in the store, in a file.

import { stat } from 'node:fs/promises'
import { mayHaveAttempts } from '../../core/jobs/job'
import type { OutputQuery, OutputSlice } from '../../core/protocol/facts'
import { MAX_LIST_BYTES } from '../../core/protocol/limits'
import { toBase64 } from '../../run/base/runnerProtocol'
import type { Attempt } from '../../run/base/runTypes'
import { readFileSlice } from '../../run/output/output'
import type { JobRecord } from '../store/records'
import type { Store } from '../store/store'

export async function readOutput(
  job: JobRecord,
  run: Attempt | undefined,
  store: Store,
  { stream, offset, length, attempt: requested }: OutputQuery,
): Promise<OutputSlice> {
  const wanted = Math.min(length, MAX_LIST_BYTES)
  if (run && requested === undefined) {
    const bytes = await run.readOutput(stream, offset, wanted)
    const { stdoutBytes, stderrBytes } = run.progress
    return { base64: toBase64(bytes), total: { stdout: stdoutBytes, stderr: stderrBytes, order: bytes.length }[stream] }
  }
  // one that waits to be tried again has nothing of its own yet
  const attempt = requested ?? (mayHaveAttempts(job.spec) ? job.facts.attempts : undefined)
  const retried = attempt === undefined ? undefined : store.attempts.get(job.seq, attempt)
  if (requested !== undefined && !retried)
    throw new Error(`There is no attempt ${requested} of job ${job.id} in the history.`)
  const { facts } = retried ?? job
  if (stream === 'order') return sliceOf(Buffer.from(facts.order ?? ''), offset, wanted)
  const file = stream === 'stdout' ? facts.stdoutFile : facts.stderrFile
  const total = (stream === 'stdout' ? facts.stdoutBytes : facts.stderrBytes) ?? 0
  if (file !== undefined) {
    // what was beyond the limit is counted, and not in the file
    const { size } = await stat(file)
    return { base64: toBase64(await readFileSlice(file, offset, wanted)), total: Math.min(total, size), file }
  }
  const output = retried ? store.attempts.output(job.seq, retried.attempt) : store.output(job.seq)
  return sliceOf(output[stream] ?? new Uint8Array(), offset, wanted)
}

function sliceOf(bytes: Uint8Array, offset: number, length: number): OutputSlice {
  return { base64: toBase64(bytes.subarray(offset, offset + length)), total: bytes.length }
}
