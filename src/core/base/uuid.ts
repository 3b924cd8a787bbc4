// Ids of jobs and batches: UUIDv7 (RFC 9562), made by the client, so that a repeated submit is recognised.
// They sort by time of creation.

let lastMs = 0
let counter = 0
/** The first groups of an id of `lastMs`. */
let timeGroups = ''

export function uuidv7(): string {
  const now = Date.now()
  // 4,096 ids in one millisecond: run ahead of the clock, as RFC 9562 section 6.2 allows
  if (now > lastMs || ++counter > 0xfff) {
    lastMs = Math.max(now, lastMs + 1)
    counter = 0
    const time = lastMs.toString(16).padStart(12, '0')
    timeGroups = `${time.slice(0, 8)}-${time.slice(8)}-7`
  }
  // the random groups and the variant are those of a version 4 id
  return timeGroups + counter.toString(16).padStart(3, '0') + crypto.randomUUID().slice(18)
}

const pattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** Whether a value can be an id; file names are made of ids, so nothing else may pass. */
export function isId(value: unknown): value is string {
  return typeof value === 'string' && pattern.test(value)
}

/** When an id was made, in milliseconds since the epoch. */
export function timeOfId(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)
}
