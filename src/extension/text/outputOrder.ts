// How stdout and stderr came, so that both are shown by time: see `OutputQuery`. Pure.

export interface OutputOrder {
  /** Bytes that came before their order is known. */
  before: { stdout: number; stderr: number }
  /** Bytes in turn, those of stderr negative. */
  turns: readonly number[]
}

/** Bytes of both together, by time: those before the order is known come first, stdout and then stderr. */
interface Piece {
  stream: 'stdout' | 'stderr'
  /** Where it is among both. */
  at: number
  /** Where it begins in its own stream. */
  offset: number
  length: number
}

/** `undefined` when it is empty or no order. */
export function parseOrder(text: string): OutputOrder | undefined {
  if (text === '') return undefined
  const numbers: unknown = JSON.parse(text)
  if (!Array.isArray(numbers) || !numbers.every(Number.isSafeInteger)) return undefined
  const [stdout = 0, stderr = 0, ...turns] = numbers as number[]
  return { before: { stdout, stderr }, turns }
}

export function beforeOrder({ before }: OutputOrder): number {
  return before.stdout + before.stderr
}

export function totalOf(order: OutputOrder): number {
  return order.turns.reduce((sum, bytes) => sum + Math.abs(bytes), beforeOrder(order))
}

function* pieces({ before, turns }: OutputOrder): Generator<Piece> {
  const read = { stdout: 0, stderr: 0 }
  let at = 0
  for (const bytes of [before.stdout, -before.stderr, ...turns]) {
    const stream = bytes < 0 ? 'stderr' : 'stdout'
    const length = Math.abs(bytes)
    if (length > 0) yield { stream, at, offset: read[stream], length }
    read[stream] += length
    at += length
  }
}

/** What of both is in a stretch of them, in order. */
export function piecesIn(order: OutputOrder, from: number, to: number): Piece[] {
  const found: Piece[] = []
  for (const { stream, at, offset, length } of pieces(order)) {
    const start = Math.max(from, at)
    const end = Math.min(to, at + length)
    if (start < end) found.push({ stream, at: start, offset: offset + start - at, length: end - start })
  }
  return found
}

/** A place in a text: line and character, from 0. */
export type Place = [line: number, character: number]

/**
 * Where stderr stands in a text that shows both.
 * @param bytes of the text, from byte `from` of both on
 * @param start where they begin in the document
 */
export function stderrPlaces(
  order: OutputOrder,
  bytes: Buffer,
  from: number,
  start: Place,
): { start: Place; end: Place }[] {
  const places: { start: Place; end: Place }[] = []
  let place = start
  for (const { stream, at, length } of piecesIn(order, from, from + bytes.length)) {
    const text = bytes.toString('utf8', at - from, at - from + length)
    // without the end of its last line: the line behind it is not marked
    if (stream === 'stderr') places.push({ start: place, end: placeBehind(text.replace(/(?:\r\n|\r|\n)$/, ''), place) })
    place = placeBehind(text, place)
  }
  return places
}

/** As VS Code divides lines. */
function placeBehind(text: string, [line, character]: Place): Place {
  const lines = text.split(/\r\n|\r|\n/)
  const last = lines.at(-1)?.length ?? 0
  return lines.length === 1 ? [line, character + last] : [line + lines.length - 1, last]
}
