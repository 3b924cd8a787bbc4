// The saved state of the page: unfolded batches, selection, active row, scroll position, what is looked for, whether the
// workers, the queues and the allocations are unfolded.
import { isRecord } from '../../core/base/records'
import { type KeptFind, MAX_EXPANDED } from '../../core/pages/jobsPage'
import { parseTargetKey } from '../../core/pages/rowTargets'
import { findGroupings, findOrders } from '../../core/protocol/facts'
import { MAX_FILTER_LENGTH } from '../../core/protocol/filterText'
import { MAX_ROWS } from '../../core/protocol/limits'
import type { Anchor } from './windowing'

export interface TreeState {
  expanded: readonly string[]
  /** Target keys. */
  selected: readonly string[]
  active: Anchor | undefined
  /** The topmost visible row, and how many pixels of it are hidden; absent when not scrolled. */
  top: (Anchor & { hidden: number }) | undefined
}

export interface ViewState extends TreeState {
  workersOpen: boolean
  queuesOpen: boolean
  allocationsOpen: boolean
  find: KeptFind
  details: DetailsState
}

/** Of the part below the tree. */
export interface DetailsState {
  isOpen: boolean
  /** Pixels, as it was drawn last; absent while it has its own height. */
  height?: number
}

/** The saved state as far as it is valid; the rest has its defaults. */
export function parseViewState(value: unknown): ViewState {
  const saved = recordOf(value)
  const top = parseAnchor(saved.top)
  const hidden = (saved.top as { hidden?: unknown } | undefined)?.hidden
  return {
    expanded: strings(saved.expanded).slice(0, MAX_EXPANDED),
    selected: strings(saved.selected).filter(parseTargetKey).slice(0, MAX_ROWS),
    active: parseAnchor(saved.active),
    top: top && { ...top, hidden: typeof hidden === 'number' && hidden > 0 ? hidden : 0 },
    workersOpen: saved.workersOpen === true,
    queuesOpen: saved.queuesOpen === true,
    allocationsOpen: saved.allocationsOpen === true,
    find: parseFind(saved.find),
    details: parseDetails(saved.details),
  }
}

function recordOf(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {}
}

/** Open at first. */
function parseDetails(value: unknown): DetailsState {
  const { isOpen, height } = recordOf(value)
  const isHeight = typeof height === 'number' && height > 0 && height < 10_000
  return { isOpen: isOpen !== false, ...(isHeight && { height }) }
}

function parseFind(value: unknown): KeptFind {
  const { isOpen, text, order, group } = recordOf(value)
  return {
    isOpen: isOpen === true,
    text: typeof text === 'string' ? text.slice(0, MAX_FILTER_LENGTH) : '',
    order: findOrders.find(known => known === order) ?? 'newest',
    group: findGroupings.find(known => known === group) ?? null,
  }
}

function parseAnchor(value: unknown): Anchor | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { key, index } = value as Record<string, unknown>
  const isValid = typeof key === 'string' && parseTargetKey(key) && Number.isInteger(index) && (index as number) >= 0
  return isValid ? { key, index: index as number } : undefined
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter(item => typeof item === 'string') : []
}
