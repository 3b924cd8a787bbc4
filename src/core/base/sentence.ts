// What went wrong, in one sentence.

export function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
