// The ranges of the machine settings that are numbers, and how a range is worded.
import type { MachineSettings } from './facts'
import { MAX_CONCURRENCY } from './limits'

export interface Range {
  min: number
  /** Absent when every larger number is allowed. */
  max?: number
  integer?: true
}

type NumberSetting = {
  [K in keyof MachineSettings]: MachineSettings[K] extends number ? K : never
}[keyof MachineSettings]

export const settingRanges: Readonly<Record<NumberSetting, Range>> = {
  concurrency: { min: 0, max: MAX_CONCURRENCY, integer: true },
  niceness: { min: 0, max: 19, integer: true },
  killGraceSeconds: { min: 0, max: 3600 },
  maxOutputMegabytes: { min: 1 },
  historyDays: { min: 0, max: 36_500 },
  historyMegabytes: { min: 1 },
}

export function isWithin(value: number, { min, max = Number.MAX_SAFE_INTEGER, integer }: Range): boolean {
  return value >= min && value <= max && (!integer || Number.isInteger(value))
}

/** `a whole number from 0 to 19`. */
export function rangeWords({ min, max, integer }: Range): string {
  return `a ${integer ? 'whole ' : ''}number ${max === undefined ? `of ${min} or more` : `from ${min} to ${max}`}`
}

/** What is wrong with a typed number of jobs at once. */
export function concurrencyProblem(typed: number): string | undefined {
  if (isWithin(typed, settingRanges.concurrency)) return undefined
  return `Type a whole number from 0 to ${MAX_CONCURRENCY}; 0 is the number of usable cores.`
}
