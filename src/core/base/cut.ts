// Cuts text between characters.

/** The first `length` UTF-16 units at most; never half of a surrogate pair. */
export function cutAt(text: string, length: number): string {
  if (text.length <= length) return text
  const last = text.charCodeAt(length - 1)
  const isHalf = last >= 0xd800 && last <= 0xdbff
  return text.slice(0, isHalf ? length - 1 : length)
}

/** At most `length` units, of which an ellipsis is one when something is left out. */
export function shortenText(text: string, length: number): string {
  return text.length > length ? `${cutAt(text, length - 1)}…` : text
}

/** At most `length` units, and an ellipsis after them when something is left out. */
export function cutWithEllipsis(text: string, length: number): string {
  return text.length > length ? `${cutAt(text, length)}…` : text
}

/** The first `maxBytes` bytes of UTF-8 at most. */
export function cutBytes(text: string, maxBytes: number): string {
  const bytes = new TextEncoder().encode(text)
  if (bytes.length <= maxBytes) return text
  // In stream mode the beginning of a character whose rest does not come is held back.
  return new TextDecoder().decode(bytes.subarray(0, maxBytes), { stream: true })
}
