// What the keys of a timeline do.
import type { BarAction } from '../../core/pages/timelinePage'
import type { KnownBars } from '../../core/timeline/knownBars'
import type { Lanes } from '../../core/timeline/lanes'
import { firstOf, lastOf, type Step, stepFrom } from './barSteps'
import type { TimeWindow } from './timeWindow'

export interface TimelineKeyTarget {
  readonly bars: KnownBars
  readonly lanes: Lanes
  readonly time: TimeWindow
  /** Index of a bar. */
  readonly selected: number | undefined
  select(bar: number | undefined): void
  stepFailure(by: 1 | -1): void
  act(action: BarAction): void
}

const steps: Readonly<Record<string, Step>> = {
  ArrowLeft: 'left',
  ArrowRight: 'right',
  ArrowUp: 'up',
  ArrowDown: 'down',
}

/** Parts of what is shown. */
const PAN = 0.2
const PAGE = 0.9

/** @returns whether the key means something here */
export function onTimelineKey(event: KeyboardEvent, target: TimelineKeyTarget): boolean {
  const { bars, lanes, time } = target
  if (event.ctrlKey || event.metaKey || event.altKey) return false
  const step = steps[event.key]
  if (step && !(event.shiftKey && (step === 'left' || step === 'right'))) {
    target.select(stepFrom(bars, lanes, target.selected, step))
    return true
  }
  switch (event.key) {
    case 'ArrowLeft':
      time.pan(-PAN)
      return true
    case 'ArrowRight':
      time.pan(PAN)
      return true
    case 'PageUp':
      time.pan(-PAGE)
      return true
    case 'PageDown':
      time.pan(PAGE)
      return true
    case 'Home':
      target.select(firstOf(bars, lanes))
      return true
    case 'End':
      target.select(lastOf(bars, lanes))
      return true
    case '+':
    case '=':
      time.zoom(0.5)
      return true
    case '-':
      time.zoom(2)
      return true
    case '0':
      time.show('all')
      return true
    case 'F8':
      target.stepFailure(event.shiftKey ? -1 : 1)
      return true
    case 'Enter':
      target.act(event.shiftKey ? 'showOutput' : 'showJob')
      return true
    default:
      return false
  }
}
