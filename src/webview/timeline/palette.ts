// The colours of a timeline: those of the theme, read when it is shown and when the theme changes.
import { jobStates } from '../../core/jobs/job'
import { type BarKind, barKind, barKinds } from '../../core/timeline/barKind'

/** A shape of its own besides the colour: what went well is thinner than what failed, what was cancelled is hollow. */
export type BarShape = 'thin' | 'hatched' | 'hollow' | 'open'

export interface BarLook {
  readonly fill: string
  readonly shape: BarShape
  /** Of several bars that share a pixel the highest is seen. */
  readonly rank: number
}

export interface Palette {
  /** By the index in `jobStates`. */
  readonly bars: readonly BarLook[]
  readonly text: string
  readonly muted: string
  readonly line: string
  readonly focus: string
  readonly background: string
  readonly running: string
  readonly font: string
}

const shapes: Readonly<Record<BarKind, BarShape>> = {
  succeeded: 'thin',
  cancelled: 'hollow',
  running: 'open',
  lost: 'hatched',
  failed: 'hatched',
}

export function readPalette(element: Element): Palette {
  const style = getComputedStyle(element)
  const colour = (name: string) => style.getPropertyValue(name).trim() || 'gray'
  const fills: Readonly<Record<BarKind, string>> = {
    succeeded: colour('--passed'),
    cancelled: colour('--muted'),
    running: colour('--running'),
    lost: colour('--vscode-list-warningForeground'),
    failed: colour('--failed'),
  }
  const lookOf = (kind: BarKind): BarLook => ({ fill: fills[kind], shape: shapes[kind], rank: barKinds.indexOf(kind) })
  const looks = barKinds.map(lookOf) // one object each: those that look the same are drawn in one go
  return {
    bars: jobStates.map((_, state) => looks[barKinds.indexOf(barKind(state))] as BarLook),
    text: style.color,
    muted: colour('--muted'),
    line: colour('--line'),
    focus: colour('--vscode-focusBorder'),
    background: colour('--background'),
    running: colour('--running'),
    font: `${style.fontSize} ${style.fontFamily}`,
  }
}
