// Settings as they are read: checked, with defaults for what is missing or of the wrong type.

import { emptyRecord } from '../../core/base/records'
import { defaultSettings, type MachineSettings } from '../../core/protocol/facts'
import { type Range, settingRanges } from '../../core/protocol/settingRanges'

export const notificationLevels = ['never', 'failures', 'batches', 'all'] as const
export type NotificationLevel = (typeof notificationLevels)[number]
export const DEFAULT_LEVEL: NotificationLevel = 'batches'

export type Get = (name: string) => unknown

/** The nearest number that is within the range. */
function numberFrom(value: unknown, fallback: number, range: Range): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) return fallback
  const nearest = Math.min(range.max ?? Number.MAX_SAFE_INTEGER, Math.max(range.min, value))
  return range.integer ? Math.floor(nearest) : nearest
}

function oneOf<T extends string>(value: unknown, known: readonly T[], fallback: T): T {
  return known.find(item => item === value) ?? fallback
}

export const windowsClosedChoices = ['continue', 'cancel'] as const
export const serviceCrashChoices = ['pause', 'continue'] as const

export function machineSettings(get: Get): MachineSettings {
  const number = (name: keyof typeof settingRanges) => numberFrom(get(name), defaultSettings[name], settingRanges[name])
  return {
    concurrency: number('concurrency'),
    niceness: number('niceness'),
    killGraceSeconds: number('killGraceSeconds'),
    onLastWindowClosed: oneOf(get('onLastWindowClosed'), windowsClosedChoices, defaultSettings.onLastWindowClosed),
    afterServiceCrash: oneOf(get('afterServiceCrash'), serviceCrashChoices, defaultSettings.afterServiceCrash),
    maxOutputMegabytes: number('maxOutputMegabytes'),
    historyDays: number('historyDays'),
    historyMegabytes: number('historyMegabytes'),
  }
}

export function notificationLevel(get: Get): NotificationLevel {
  return oneOf(get('notifications'), notificationLevels, DEFAULT_LEVEL)
}

/** The environment with what `headlessJobs.env` adds and removes; numbers become strings. */
export function environmentWith(
  base: Readonly<Record<string, string | undefined>>,
  additions: unknown,
): Record<string, string> {
  const merged = emptyRecord<string>()
  for (const [name, value] of Object.entries(base)) if (value !== undefined) merged[name] = value
  if (typeof additions !== 'object' || additions === null) return merged
  for (const [name, value] of Object.entries(additions)) {
    if (name === '' || name.includes('=')) continue
    if (value === null) delete merged[name]
    else if (typeof value === 'string' || typeof value === 'number') merged[name] = String(value)
  }
  return merged
}

export function secretNames(value: unknown): string[] {
  return Array.isArray(value) ? value.filter(name => typeof name === 'string' && name !== '') : []
}
