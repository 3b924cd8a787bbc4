// Finds where characters of UTF-8 begin and end in bytes that were cut from a stream. Pure.

const LONGEST_CHARACTER_BYTES = 4

function isContinuation(byte: number | undefined): boolean {
  return ((byte ?? 0) & 0xc0) === 0x80
}

/** Without the end of a character whose beginning was cut off. */
export function fromWholeCharacter(bytes: Uint8Array): Uint8Array {
  let start = 0
  while (start < LONGEST_CHARACTER_BYTES - 1 && isContinuation(bytes[start])) start++
  return bytes.subarray(start)
}

/** How many bytes at the end begin a character whose rest has not come. */
export function unfinishedBytes(bytes: Uint8Array): number {
  for (let back = 1; back < LONGEST_CHARACTER_BYTES && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back] ?? 0
    if (isContinuation(byte)) continue
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc2 ? 2 : 1
    return length > back ? back : 0
  }
  return 0
}
