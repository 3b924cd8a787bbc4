// Ids of jobs and batches: UUIDv7 (RFC 9562), made by whoever submits, so that a submit can be resent and recognised.
// They sort by time of creation. Runs in every process.

const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))
/** Random bytes are drawn for many ids at once: a draw costs more than an id. */
const pool = new Uint8Array(8192)
let used = pool.length
let lastMs = 0
let counter = 0

export function uuidv7(): string {
  const now = Date.now()
  if (now > lastMs) {
    lastMs = now
    counter = 0
  } else if (++counter > 0xfff) {
    lastMs++ // 4,096 ids in one millisecond: run ahead of the clock, as RFC 9562 section 6.2 allows
    counter = 0
  }
  if (used + 8 > pool.length) {
    crypto.getRandomValues(pool)
    used = 0
  }
  const time = lastMs.toString(16).padStart(12, '0')
  const at = (i: number) => hex[pool[used + i] as number] as string
  const variant = hex[0x80 | ((pool[used] as number) & 0x3f)] as string
  const id =
    `${time.slice(0, 8)}-${time.slice(8)}-7${counter.toString(16).padStart(3, '0')}-` +
    `${variant}${at(1)}-${at(2)}${at(3)}${at(4)}${at(5)}${at(6)}${at(7)}`
  used += 8
  return id
}

const pattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** Whether a value can be an id; file names are made of ids, so nothing else may pass. */
export function isId(value: unknown): value is string {
  return typeof value === 'string' && pattern.test(value)
}
