// How large a job spec may be: the other facts of its job must fit into a message beside it.
import { t } from '@vscode/l10n'
import type { StoredSpec } from '../jobs/job'
import { groupDigits } from './format'
import { MAX_SPEC_BYTES } from './limits'
import { truncateText } from './truncate'
import { messageBytes } from './wire'

/** Bytes of a job's name in a sentence. */
const MAX_NAME_BYTES = 200

/** Why the job cannot be sent when its spec is too large for a message. */
export function whyTooLarge(spec: StoredSpec): string | undefined {
  const bytes = messageBytes(spec)
  if (bytes <= MAX_SPEC_BYTES) return undefined
  const [name, size, most] = [truncateText(spec.name, MAX_NAME_BYTES), groupDigits(bytes), groupDigits(MAX_SPEC_BYTES)]
  return t`The spec of “${name}” takes ${size} bytes, and at most ${most} can be sent: put what is long into a file or onto stdin.`
}
