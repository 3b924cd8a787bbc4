// The colours of a timeline: those of the theme, read when it is shown and when the theme changes.
import { jobStates } from '../../core/jobs/job'

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

export function readPalette(element: Element): Palette {
  const style = getComputedStyle(element)
  const colour = (name: string) => style.getPropertyValue(name).trim() || 'gray'
  const passed: BarLook = { fill: colour('--passed'), shape: 'thin', rank: 0 }
  const cancelled: BarLook = { fill: colour('--muted'), shape: 'hollow', rank: 1 }
  const running: BarLook = { fill: colour('--running'), shape: 'open', rank: 2 }
  const lost: BarLook = { fill: colour('--vscode-list-warningForeground'), shape: 'hatched', rank: 3 }
  const failed: BarLook = { fill: colour('--failed'), shape: 'hatched', rank: 4 }
  const looks = { succeeded: passed, cancelled, lost, failed, dependencyFailed: failed }
  return {
    bars: jobStates.map(state => (state in looks ? looks[state as keyof typeof looks] : running)),
    text: style.color,
    muted: colour('--muted'),
    line: colour('--line'),
    focus: colour('--vscode-focusBorder'),
    background: colour('--background'),
    running: colour('--running'),
    font: `${style.fontSize} ${style.fontFamily}`,
  }
}
