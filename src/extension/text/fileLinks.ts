// Places in files that a line of output names, as tracebacks and compilers write them. Pure.

export interface FilePlace {
  /** Of the words that name it, within the line. */
  start: number
  end: number
  /** As written; relative ones are relative to the folder of the job. */
  path: string
  /** From 1. */
  line: number
  column?: number
}

/** What is behind it in a line is not searched: it is data. */
const MAX_LINE_LENGTH = 2000
const MAX_PATH_LENGTH = 500

/** Lines without any of these name no place. */
const isCandidate = /[:#] ?\d|\bline:? ?\d/i

interface Sentence {
  /** A line without these words is not searched. */
  words: string
  /** `path`, or `matlab`, stands before `line`, that before `column`. */
  pattern: RegExp
}

/** Each begins with words of its own, so that a long line costs no more than its length. */
const sentences: readonly Sentence[] = [
  // Python: File "a.py", line 3, in f
  { words: 'File "', pattern: /File "(?<path>[^"<>\n]+)", line (?<line>\d+)/g },
  // Node's modules, and others that write addresses: file:///a%20b.mjs:3:5
  {
    words: 'file:///',
    pattern: /(?<path>file:\/\/\/(?:[A-Za-z]:)?[^\s:()'"]+):(?<line>\d+)(?::(?<column>\d+))?/g,
  },
  // Node, also with blanks in a path: at f (/my study/a.js:3:5)
  { words: '(', pattern: /\((?<path>(?:[A-Za-z]:[\\/]|\/)[^():]*):(?<line>\d+):(?<column>\d+)\)/g },
  // MATLAB: Error in pkg.f (line 3), Error in f>inner (line 3), Error: File: a.m Line: 3 Column: 5
  { words: 'Error in ', pattern: /Error in (?<matlab>\w+(?:\.\w+)*)(?:[>/][\w.]+)* \(line (?<line>\d+)/g },
  { words: 'File: ', pattern: /File: (?<path>\S(?:[^:]*\S)?) Line: (?<line>\d+) Column: (?<column>\d+)/g },
  // shells: a.sh: line 3: x: command not found; and Node's first line, which may have blanks: /my study/a.js:3
  { words: ': ', pattern: /^(?<path>[^:]+): (?:line )?(?<line>\d+):/g },
  { words: ':', pattern: /^(?<path>(?:[A-Za-z]:[\\/]|\/)[^:]+):(?<line>\d+)$/g },
  // Perl and PHP: at a.pl line 3, in a.php on line 3
  { words: ' line ', pattern: /\b(?:at|in) (?<path>\S+) (?:on )?line (?<line>\d+)/g },
]

/** `:3`, `:3:5` or R's `#3` behind a path without blanks. */
const numbers = /[:#](\d+)(?::(\d+))?/g
const notInPath = new Set(' \t:\'"`()[]{}<>|,;*?=')
const drive = /(?:^|[^A-Za-z])[A-Za-z]$/
/** A name has an ending, but for the files of make. */
const fileName = /(?:^|[\\/])(?:[^\\/]*[^\\/.][^\\/]*\.[A-Za-z]\w{0,9}|[Mm]akefile)$/

/** In the order of the line; none overlaps another. */
export function placesIn(text: string): FilePlace[] {
  if (!isCandidate.test(text)) return []
  const line = text.slice(0, MAX_LINE_LENGTH)
  const places: FilePlace[] = []
  for (const { words, pattern } of sentences)
    if (line.includes(words)) for (const match of line.matchAll(pattern)) places.push(placeOfSentence(match))
  for (const match of line.matchAll(numbers)) {
    const place = placeOfNumbers(line, match)
    if (place && !places.some(({ start, end }) => start < place.end && place.start < end)) places.push(place)
  }
  return places.length > 1 ? places.sort((a, b) => a.start - b.start) : places
}

function placeOfSentence({ index = 0, 0: matched, groups = {} }: RegExpMatchArray): FilePlace {
  const { path, matlab = '', line = '', column } = groups
  const last = column ?? line
  return {
    start: index + matched.indexOf(path ?? matlab),
    end: index + matched.lastIndexOf(last) + last.length,
    path: pathOf(path ?? matlabFile(matlab)),
    ...numbersOf(line, column),
  }
}

function placeOfNumbers(
  text: string,
  { index = 0, 0: matched, 1: line, 2: column }: RegExpMatchArray,
): FilePlace | undefined {
  let start = index
  const first = Math.max(0, index - MAX_PATH_LENGTH)
  while (start > first && isInPath(text[start - 1] ?? '')) start--
  if (start === index) return undefined
  if (text[start - 1] === ':' && /[\\/]/.test(text[start] ?? '') && drive.test(text.slice(0, start - 1))) start -= 2
  const path = text.slice(start, index)
  if (!fileName.test(path) || path.startsWith('//') || (matched.startsWith('#') && !/\.r(?:md)?$/i.test(path)))
    return undefined
  return { start, end: index + matched.length, path, ...numbersOf(line, column) }
}

/** Colours begin with a control character. */
function isInPath(character: string): boolean {
  return character > '\x1f' && !notInPath.has(character)
}

function numbersOf(line: string | undefined, column: string | undefined): Pick<FilePlace, 'line' | 'column'> {
  return { line: Number(line), ...(column !== undefined && { column: Number(column) }) }
}

/** A function in packages: `a.b.f` is in `+a/+b/f.m`. */
function matlabFile(name: string): string {
  const words = name.split('.')
  return `${words.map((word, i) => (i < words.length - 1 ? `+${word}` : word)).join('/')}.m`
}

function pathOf(written: string): string {
  const [, address] = /^file:\/\/(\/.*)$/.exec(written) ?? []
  if (address === undefined) return written
  const path = /^\/[A-Za-z]:/.test(address) ? address.slice(1) : address
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
