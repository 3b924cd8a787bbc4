// Reads a stretch of a job's output, wherever it lies by now: in the run, in the store, in a file. Runs in the job
// service.
import { MAX_LIST_BYTES, type OutputSlice } from '../core/protocol'
import { readFileSlice } from '../run/output'
import { toBase64 } from '../run/runnerProtocol'
import type { Attempt } from '../run/runTypes'
import type { JobRecord, Store } from './store'

export async function readOutput(
  job: JobRecord,
  run: Attempt | undefined,
  store: Store,
  stream: 'stdout' | 'stderr',
  offset: number,
  length: number,
): Promise<OutputSlice> {
  const wanted = Math.min(length, MAX_LIST_BYTES)
  if (run) {
    const bytes = await run.readOutput(stream, offset, wanted)
    return { base64: toBase64(bytes), total: stream === 'stdout' ? run.progress.stdoutBytes : run.progress.stderrBytes }
  }
  const { facts } = job
  const file = stream === 'stdout' ? facts.stdoutFile : facts.stderrFile
  const total = (stream === 'stdout' ? facts.stdoutBytes : facts.stderrBytes) ?? 0
  if (file !== undefined) return { base64: toBase64(await readFileSlice(file, offset, wanted)), total, file }
  const bytes = store.output(job.seq)[stream] ?? new Uint8Array()
  return { base64: toBase64(bytes.subarray(offset, offset + wanted)), total: bytes.length }
}
