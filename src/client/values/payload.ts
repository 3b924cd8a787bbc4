// Inputs and outputs of jobs as bytes: inputs become messages or files in the spool folder, outputs become values.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { t } from '@vscode/l10n'
import type { JobInput, JobOutput } from '../../api'
import type { EndedJob, StoredInput } from '../../core/jobs/job'
import { MAX_INLINE_BYTES } from '../../core/protocol/limits'

/** An input that needs no file: small, or a file already. */
export function inlineInput(input: JobInput): StoredInput | undefined {
  if (typeof input === 'string')
    return input.length * 3 <= MAX_INLINE_BYTES || Buffer.byteLength(input) <= MAX_INLINE_BYTES
      ? { text: input }
      : undefined
  if (input instanceof ArrayBuffer || ArrayBuffer.isView(input)) {
    const bytes = bytesOf(input)
    return bytes.length <= MAX_INLINE_BYTES ? { base64: bytes.toString('base64') } : undefined
  }
  if ('file' in input) return { file: input.file }
  return inlineInput(jsonText('json' in input ? input.json : input.value))
}

/** The input as it is sent: inside the message, or as a file of this job in the spool folder. */
export async function storeInput(input: JobInput, id: string, spoolFolder: string): Promise<StoredInput> {
  const inline = inlineInput(input)
  if (inline) return inline
  const file = join(spoolFolder, `${id}.in`)
  const data =
    typeof input === 'string'
      ? input
      : 'json' in (input as object)
        ? jsonText((input as { json: unknown }).json)
        : bytesOf(input as ArrayBufferView)
  await writeFile(file, data, { mode: 0o600 })
  return { file, owned: true }
}

/** @throws TypeError for what JSON cannot hold */
function jsonText(value: unknown): string {
  const text = JSON.stringify(value)
  if (text === undefined) throw new TypeError(t('Job: stdin.json is not a value that JSON can hold.'))
  return text
}

function bytesOf(input: ArrayBuffer | ArrayBufferView): Buffer {
  return ArrayBuffer.isView(input) ? Buffer.from(input.buffer, input.byteOffset, input.byteLength) : Buffer.from(input)
}

/** Turns stdout into the value that the spec asks for; whatever it throws is a `parse` failure. */
export async function toValue<T>({ tail }: EndedJob, output: JobOutput<T> | undefined): Promise<T> {
  if (typeof output === 'object') return (tail.stdoutFile ?? output.file) as T
  const bytes = await readStdout(tail.stdout)
  if (typeof output === 'function') return output(bytes)
  if (output === 'text') return new TextDecoder().decode(bytes) as T
  if (output === 'json') return JSON.parse(new TextDecoder().decode(bytes)) as T
  return bytes as T
}

/** Bytes whose `byteOffset` is 0, so that a typed array can share their buffer. */
async function readStdout(stdout: EndedJob['tail']['stdout']): Promise<Uint8Array> {
  if (!stdout) return new Uint8Array()
  if ('file' in stdout) return new Uint8Array(await readFile(stdout.file))
  const pooled = Buffer.from(stdout.base64, 'base64')
  return new Uint8Array(pooled)
}
