// What the curves of a job say in words: memory and cores in the course of its time.
import { t } from '@vscode/l10n'
import type { UsagePoint } from '../../core/protocol/facts'
import { formatBytes, formatElapsed, groupDigits } from '../../core/protocol/format'

/** One curve: values that are not negative, in the order of time. */
export interface Curve {
  name: string
  /** What is read beside it. */
  words: string
  /** For screen readers, instead of the picture. */
  label: string
  points: readonly { at: number; value: number }[]
}

/** None for a job that was too short for a curve. */
export function curvesOf(usage: readonly UsagePoint[] = []): Curve[] {
  if (usage.length < 2) return []
  const memory = usage.map(({ at, memoryBytes }) => ({ at, value: memoryBytes }))
  return [curve(t('Memory'), memory, formatBytes), ...cpuCurve(usage)]
}

function cpuCurve(usage: readonly UsagePoint[]): Curve[] {
  const cores = usage.flatMap(({ at, cpuSeconds }, i) => {
    const before = usage[i - 1] ?? { at: 0, cpuSeconds: 0 }
    if (cpuSeconds === undefined || before.cpuSeconds === undefined || at <= before.at) return []
    return [{ at, value: (1000 * (cpuSeconds - before.cpuSeconds)) / (at - before.at) }]
  })
  return cores.length < 2 ? [] : [curve(t('CPU'), cores, coresWords)]
}

function coresWords(cores: number): string {
  const shown = Math.round(cores * 10) / 10
  return shown === 1 ? t('1 core') : t('{0} cores', shown)
}

function curve(name: string, points: Curve['points'], words: (value: number) => string): Curve {
  const last = points.at(-1) ?? { at: 0, value: 0 }
  const most = words(Math.max(...points.map(({ value }) => value)))
  const label = t('{0} in {1}: {2} in the end, {3} at most', name, formatElapsed(last.at), words(last.value), most)
  return { name, words: t('max {0}', most), label, points }
}

/** `3rd of 78 in the queue`. */
export function turnWords({ place, of }: { place: number; of: number }): string {
  const [n, all] = [groupDigits(place), groupDigits(of)]
  switch (new Intl.PluralRules('en', { type: 'ordinal' }).select(place)) {
    case 'one':
      return t('{0}st of {1} in the queue', n, all)
    case 'two':
      return t('{0}nd of {1} in the queue', n, all)
    case 'few':
      return t('{0}rd of {1} in the queue', n, all)
    default:
      return t('{0}th of {1} in the queue', n, all)
  }
}
