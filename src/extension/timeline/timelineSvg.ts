// A timeline as a picture of its own, for a report: a lane a slot, a bar a job, an axis of the time since the start.
import { t } from '@vscode/l10n'
import { formatDuration } from '../../core/protocol/format'
import { type BarKind, barKind, barKinds } from '../../core/timeline/barKind'
import { NEVER } from '../../core/timeline/bars'
import type { KnownBars } from '../../core/timeline/knownBars'
import type { Lane, Lanes } from '../../core/timeline/lanes'
import { escapeHtml } from '../text/escapeHtml'

const WIDTH = 1000
const LANE = 18
const AXIS = 24
const MARKS = 5
/** Narrower bars share a stroke with their neighbours: 100,000 elements would be no picture. */
const NARROW = 0.5

interface Rect {
  x: number
  width: number
  /** Its class, to which the report gives a colour and a pattern. */
  kind: BarKind
}

/** @param now where bars end that still run */
export function timelineSvg(bars: KnownBars, { lanes, from, to, isRunning }: Lanes, now: number): string {
  const end = Math.max(from + 1, isRunning ? now : to)
  const height = AXIS + Math.max(1, lanes.length) * LANE
  const xOf = (moment: number) => ((moment - from) / (end - from)) * WIDTH
  const shapes = lanes.flatMap((lane, i) => rectsOf(bars, lane, now, xOf).map(rect => svgRect(rect, AXIS + i * LANE)))
  const marks = Array.from({ length: MARKS + 1 }, (_, i) =>
    mark((WIDTH / MARKS) * i, ((end - from) / MARKS) * i, height),
  )
  const label = escapeHtml(t('Timeline: a row a slot, a bar a job'))
  return `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${label}">${marks.join('')}${shapes.join('')}</svg>`
}

function mark(x: number, ms: number, height: number): string {
  const anchor = x < 1 ? 'start' : x > WIDTH - 1 ? 'end' : 'middle'
  return `<path class="mark" d="M${round(x)} ${AXIS - 4}V${height}"/><text x="${round(x)}" y="14" text-anchor="${anchor}">${escapeHtml(formatDuration(ms))}</text>`
}

function rectsOf({ arrays }: KnownBars, lane: Lane, now: number, xOf: (moment: number) => number): Rect[] {
  const rects: Rect[] = []
  for (const bar of lane) {
    const start = arrays.started[bar] as number
    const end = arrays.ended[bar] === NEVER ? now : (arrays.ended[bar] as number)
    const x = xOf(start)
    const rect = { x, width: Math.max(NARROW, xOf(end) - x), kind: barKind(arrays.state[bar] as number) }
    const before = rects.at(-1)
    const isShared = before && rect.x - before.x < NARROW
    if (!isShared) rects.push(rect)
    else if (barKinds.indexOf(rect.kind) > barKinds.indexOf(before.kind))
      rects[rects.length - 1] = { ...rect, x: before.x }
  }
  return rects
}

function svgRect({ x, width, kind }: Rect, top: number): string {
  const inset = kind === 'succeeded' ? 4 : 1
  return `<rect class="${kind}" x="${round(x)}" y="${top + inset}" width="${round(width)}" height="${LANE - 2 * inset}"/>`
}

function round(n: number): number {
  return Math.round(n * 100) / 100
}
