// Finds progress in what programs print: tqdm's bars, lines "PROGRESS 0.5 text", the tags of Slicer's command line modules.
// Pure.
import type { Progress } from '../../api'
import { cutAt, shortenText } from '../../core/base/cut'
import { MAX_LINE_CHARACTERS, withoutTerminal } from './lastLine'

/**
 * Of one read only the end is searched for the newest announcement, so that a flood of output costs next to nothing. As
 * much as C or Python write at once when they buffer their output is searched whole.
 */
const MAX_SCANNED_BYTES = 8 * 1024
/** A longer announcement is ignored. As much is kept of one read for the next, since one may be split between them. */
const MAX_ANNOUNCEMENT_BYTES = 1024
/** Limits the search in text that is full of what looks like an announcement. */
const MAX_TRIES = 200

/** An announcement and where it ends. */
interface Found {
  progress: Progress
  end: number
}

/** A form of announcements: `read` is called for every occurrence of the mark, the last one first. */
interface Form {
  mark: Buffer
  read(text: Buffer, at: number): Found | undefined
}

/** The progress of a job or request: what it announces, and what is found in what it prints. */
export class ProgressText {
  #latest: Progress | undefined
  readonly #stdout = new Scanner(stdoutForms)
  readonly #stderr = new Scanner(stderrForms)

  /** `undefined` until something has been announced; another object whenever it has changed. */
  get latest(): Progress | undefined {
    return this.#latest
  }

  stdout(chunk: Buffer): void {
    for (const { progress } of this.#stdout.read(chunk)) this.announce(progress)
  }

  stderr(chunk: Buffer): void {
    for (const { progress } of this.#stderr.read(chunk)) this.announce(progress)
  }

  announce(progress: Progress): void {
    this.#latest = riseOnly(this.#latest, progress)
  }
}

/**
 * The highest fraction and the newest message; an empty one removes it. A fraction that is out of range is ignored.
 * @returns `previous` itself when nothing has changed
 */
export function riseOnly(previous: Progress | undefined, next: Progress): Progress | undefined {
  const highest = previous?.fraction ?? -1
  const fraction = isFraction(next.fraction) && next.fraction > highest ? next.fraction : previous?.fraction
  const message = next.message === undefined ? previous?.message : shortened(next.message) || undefined
  if (fraction === previous?.fraction && message === previous?.message) return previous
  return { ...(fraction !== undefined && { fraction }), ...(message !== undefined && { message }) }
}

function isFraction(fraction: number | undefined): fraction is number {
  return fraction !== undefined && fraction >= 0 && fraction <= 1
}

/** One line, as a terminal shows it. */
function shortened(message: string): string {
  const text = withoutTerminal(cutAt(message, 4 * MAX_LINE_CHARACTERS).replace(/\s+/g, ' '))
  return shortenText(text.trim(), MAX_LINE_CHARACTERS)
}

const NEWLINE = 10
const RETURN = 13
const UP = `${String.fromCharCode(27)}[A`
const decimal = /^\s*(\d+\.?\d*|\.\d+)(e[-+]?\d+)?\s*$/i

const progressTag = tag('filter-progress', text => (decimal.test(text) ? { fraction: Number(text) } : undefined))
/** Slicer's own modules put quotation marks around it. */
const commentTag = tag('filter-comment', text => ({ message: text.replace(/^[\s"]+|[\s"]+$/g, '') }))

function tag(name: string, read: (text: string) => Progress | undefined): Form {
  const opening = `<${name}>`
  const mark = Buffer.from(`</${name}>`)
  return {
    mark,
    read(text, at) {
      const before = text.toString('utf8', Math.max(0, at - MAX_ANNOUNCEMENT_BYTES), at)
      const start = before.lastIndexOf(opening)
      return start < 0 ? undefined : found(read(before.slice(start + opening.length)), at + mark.length)
    },
  }
}

/** `Loading:  42%|####  | 42/100 [00:01<00:02, 30.0it/s]`: its line end comes only with the next one. */
const bar: Form = {
  mark: Buffer.from('%|'),
  read(text, at) {
    const from = Math.max(0, at - MAX_ANNOUNCEMENT_BYTES)
    const before = text.subarray(from, at)
    const start = 1 + Math.max(before.lastIndexOf(NEWLINE), before.lastIndexOf(RETURN))
    if (start === 0) return undefined
    const [, description, percent] =
      /^(?:(.*): )? {0,2}(\d{1,3}(?:\.\d+)?)$/s.exec(before.toString('utf8', start)) ?? []
    if (percent === undefined) return undefined
    const fraction = Number(percent) / 100
    if (isInner(before.toString('latin1', 0, start), fraction)) return undefined
    return found(description === undefined ? { fraction } : { fraction, message: description }, at + this.mark.length)
  },
}

/**
 * Whether a bar is that of an inner loop, which begins again and again. It is drawn below that of the outer loop, and then
 * the cursor goes up; the last one may be drawn over that of the outer loop.
 */
function isInner(before: string, fraction: number): boolean {
  const above = before.trimEnd()
  const isBelow = before.indexOf('\n', above.length) >= 0
  return above.endsWith(UP) ? isBelow || fraction === 1 : isBelow && fraction === 0 && above.endsWith(']')
}

/** `PROGRESS 0.5 text`, from the start of a line to its end. */
const line: Form = {
  mark: Buffer.from('PROGRESS '),
  read(text, at) {
    if (at === 0 || !isLineEnd(text[at - 1])) return undefined
    const rest = text.subarray(at, at + MAX_ANNOUNCEMENT_BYTES)
    const length = rest.findIndex(isLineEnd)
    if (length < 0) return undefined
    const words = rest.toString('utf8', this.mark.length, length).trim()
    const [first = ''] = words.split(/\s/, 1)
    if (!decimal.test(first)) return undefined
    const message = words.slice(first.length).trim()
    return found({ fraction: Number(first), ...(message !== '' && { message }) }, at + length)
  },
}

function isLineEnd(byte: number | undefined): boolean {
  return byte === NEWLINE || byte === RETURN
}

function found(progress: Progress | undefined, end: number): Found | undefined {
  if (!progress || (progress.fraction !== undefined && !isFraction(progress.fraction))) return undefined
  return { progress, end }
}

const stdoutForms: readonly Form[] = [progressTag, commentTag]
const stderrForms: readonly Form[] = [...stdoutForms, bar, line]

/** The beginning of a stream counts as the beginning of a line. */
const beginning = Buffer.from('\n')

/** Looks for announcements in one stream. */
class Scanner {
  readonly #forms: readonly Form[]
  /** The end of the text so far, after the last announcement. */
  #rest: Buffer = beginning

  constructor(forms: readonly Form[]) {
    this.#forms = forms
  }

  /** The newest announcement of each form that has ended in this chunk, the newest last. */
  read(chunk: Buffer): Found[] {
    const isLarge = chunk.length > MAX_SCANNED_BYTES
    const text = isLarge ? chunk.subarray(-MAX_SCANNED_BYTES) : Buffer.concat([this.#rest, chunk])
    const all = this.#forms.map(form => newest(form, text)).filter(one => one !== undefined)
    all.sort((a, b) => a.end - b.end)
    const rest = text.subarray(Math.max(all.at(-1)?.end ?? 0, text.length - MAX_ANNOUNCEMENT_BYTES))
    this.#rest = isLarge ? Buffer.from(rest) : rest // the buffer of a chunk is used again
    return all
  }
}

function newest(form: Form, text: Buffer): Found | undefined {
  let at = text.lastIndexOf(form.mark)
  for (let tries = 0; at >= 0 && tries < MAX_TRIES; tries++) {
    const one = form.read(text, at)
    if (one) return one
    at = at === 0 ? -1 : text.lastIndexOf(form.mark, at - 1)
  }
  return undefined
}
