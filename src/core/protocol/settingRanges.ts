// The numbers that the machine settings may have, and how a range is said.
import type { MachineSettings } from './facts'
import { MAX_CONCURRENCY } from './limits'

export interface Range {
  least: number
  /** Absent when there is none that means anything. */
  most?: number
  whole?: true
}

type NumberSetting = {
  [K in keyof MachineSettings]: MachineSettings[K] extends number ? K : never
}[keyof MachineSettings]

export const settingRanges: Readonly<Record<NumberSetting, Range>> = {
  concurrency: { least: 0, most: MAX_CONCURRENCY, whole: true },
  niceness: { least: 0, most: 19, whole: true },
  killGraceSeconds: { least: 0, most: 3600 },
  maxOutputMegabytes: { least: 1 },
  historyDays: { least: 0, most: 36_500 },
  historyMegabytes: { least: 1 },
}

export function isWithin(value: number, { least, most = Number.MAX_SAFE_INTEGER, whole }: Range): boolean {
  return value >= least && value <= most && (!whole || Number.isInteger(value))
}

/** `a whole number from 0 to 19`. */
export function rangeWords({ least, most, whole }: Range): string {
  return `a ${whole ? 'whole ' : ''}number ${most === undefined ? `of ${least} or more` : `from ${least} to ${most}`}`
}

/** What is wrong with a number of jobs at once, for whoever typed it. */
export function concurrencyProblem(typed: number): string | undefined {
  if (isWithin(typed, settingRanges.concurrency)) return undefined
  return `Type a whole number from 0 to ${MAX_CONCURRENCY}; 0 is the number of usable cores.`
}
