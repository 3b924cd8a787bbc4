// What of the page outlives it: unfolded batches, selection, the active row, the scroll position, whether the workers
// are unfolded.
import { MAX_ROWS } from '../../core/protocol/limits'
import { MAX_EXPANDED, parseTargetKey } from '../../core/protocol/viewProtocol'
import type { Anchor } from './windowing'

export interface TreeState {
  expanded: readonly string[]
  /** Target keys. */
  selected: readonly string[]
  active: Anchor | undefined
  /** The topmost row in sight, and how many pixels of it are hidden; absent when not scrolled. */
  top: (Anchor & { hidden: number }) | undefined
}

export interface ViewState extends TreeState {
  workersOpen: boolean
}

/** The state that was kept, as far as it can be read; anything else counts as not kept. */
export function parseViewState(value: unknown): ViewState {
  const kept = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>
  const top = parseAnchor(kept.top)
  const hidden = (kept.top as { hidden?: unknown } | undefined)?.hidden
  return {
    expanded: strings(kept.expanded).slice(0, MAX_EXPANDED),
    selected: strings(kept.selected).filter(parseTargetKey).slice(0, MAX_ROWS),
    active: parseAnchor(kept.active),
    top: top && { ...top, hidden: typeof hidden === 'number' && hidden > 0 ? hidden : 0 },
    workersOpen: kept.workersOpen === true,
  }
}

function parseAnchor(value: unknown): Anchor | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { key, index } = value as Record<string, unknown>
  const whole = typeof key === 'string' && parseTargetKey(key) && Number.isInteger(index) && (index as number) >= 0
  return whole ? { key, index: index as number } : undefined
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter(item => typeof item === 'string') : []
}
