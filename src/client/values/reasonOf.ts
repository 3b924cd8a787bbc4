// What an extension's function has thrown, in a sentence that fits into a message.
import { MAX_SENTENCE_BYTES, truncateText } from '../../core/protocol/truncate'

export function reasonOf(thrown: unknown): string {
  return truncateText(thrown instanceof Error ? thrown.message : String(thrown), MAX_SENTENCE_BYTES)
}
