// The curves of CPU and memory: what of the samples is in sight, broken where there are none.
import { upperBound } from '../../core/base/upperBound'
import type { UsageColumns } from '../../core/timeline/bars'
import type { TimeRange } from '../../core/timeline/timeScale'

/** Samples are 5 s apart while jobs run. */
const LONGEST_GAP_MS = 12_000
/** More would not be seen. */
const MAX_POINTS = 4000

export interface UsagePoint {
  at: number
  value: number
}

/** The place of the first sample that is later. */
function firstAfter(at: readonly number[], moment: number): number {
  return upperBound(at.length, i => at[i] as number, moment)
}

/** With one sample on each side of what is in sight; of too many in a row the highest of each few. */
export function usageLines(usage: UsageColumns, key: 'cpu' | 'memory', { from, to }: TimeRange): UsagePoint[][] {
  const first = Math.max(0, firstAfter(usage.at, from) - 1)
  const last = Math.min(usage.at.length, firstAfter(usage.at, to) + 1)
  const each = Math.max(1, Math.ceil((last - first) / MAX_POINTS))
  const lines: UsagePoint[][] = []
  let before = Number.NEGATIVE_INFINITY
  for (let i = first; i < last; i += each) {
    const at = usage.at[i] as number
    const value = Math.max(...usage[key].slice(i, Math.min(last, i + each)))
    if (at - before > LONGEST_GAP_MS * each) lines.push([])
    lines.at(-1)?.push({ at, value })
    before = at
  }
  return lines
}

/** The sample that holds at this moment. */
export function valuesAt(
  { at, cpu, memory }: UsageColumns,
  moment: number,
): { cpu: number; memory: number } | undefined {
  const i = firstAfter(at, moment) - 1
  const known = at[i]
  if (known === undefined || moment - known > LONGEST_GAP_MS) return undefined
  return { cpu: cpu[i] as number, memory: memory[i] as number }
}
