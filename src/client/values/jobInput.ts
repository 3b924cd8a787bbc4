// The input of a job as it is sent: bytes, or with a protocol a value.
import type { JobInput, JobProtocol } from '../../api'
import type { StoredInput } from '../../core/jobs/job'
import { messageProtocol } from '../../core/values/workerMessages'
import { inlineInput, storeInput } from './payload'
import { removeInputs, storeValue, type ValueFolders } from './values'

/** What the form of an input depends on; the id names its files. */
export interface InputOwner {
  readonly id: string
  readonly protocol?: JobProtocol | undefined
}

/** At once when it is small or a file; a large one is written to the spool folder first. What cannot be written leaves nothing. */
export function storeJobInput(
  input: JobInput,
  owner: InputOwner,
  folders: ValueFolders,
): StoredInput | Promise<StoredInput> {
  const stored = store(input, owner, folders)
  if (!(stored instanceof Promise)) return stored
  return stored.catch(async error => {
    await removeInputs([owner.id], folders)
    throw error
  })
}

function store(
  input: JobInput,
  { id, protocol: given }: InputOwner,
  folders: ValueFolders,
): StoredInput | Promise<StoredInput> {
  const protocol = messageProtocol(given)
  if (!protocol) return inlineInput(input) ?? storeInput(input, id, folders.spool)
  const value = input as { value: unknown } | { json: unknown }
  return storeValue('value' in value ? value.value : value.json, id, protocol, folders)
}
