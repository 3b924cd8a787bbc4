// Settings as they are read: checked, with defaults for what is missing or of the wrong type. Runs in the window, without
// VS Code.

import { defaultSettings, type MachineSettings } from '../core/protocol'
import { emptyRecord } from '../core/records'

export const notificationLevels = ['never', 'failures', 'batches', 'all'] as const
export type NotificationLevel = (typeof notificationLevels)[number]

type Get = (name: string) => unknown

function numberFrom(value: unknown, fallback: number, least: number, most: number): number {
  return typeof value === 'number' && Number.isFinite(value) ? Math.min(most, Math.max(least, value)) : fallback
}

function oneOf<T extends string>(value: unknown, known: readonly T[], fallback: T): T {
  return known.find(item => item === value) ?? fallback
}

/** Nobody has more slots than this; a larger number is a slip of the finger. */
export const MAX_SLOTS = 1024

export function machineSettings(get: Get): MachineSettings {
  const { concurrency, niceness, killGraceSeconds, maxOutputMegabytes, historyDays, historyMegabytes } = defaultSettings
  return {
    concurrency: Math.floor(numberFrom(get('concurrency'), concurrency, 0, MAX_SLOTS)),
    niceness: Math.floor(numberFrom(get('niceness'), niceness, 0, 19)),
    killGraceSeconds: numberFrom(get('killGraceSeconds'), killGraceSeconds, 0, 3600),
    onLastWindowClosed: oneOf(
      get('onLastWindowClosed'),
      ['continue', 'cancel'] as const,
      defaultSettings.onLastWindowClosed,
    ),
    afterServiceCrash: oneOf(
      get('afterServiceCrash'),
      ['pause', 'continue'] as const,
      defaultSettings.afterServiceCrash,
    ),
    maxOutputMegabytes: numberFrom(get('maxOutputMegabytes'), maxOutputMegabytes, 1, Number.MAX_SAFE_INTEGER),
    historyDays: numberFrom(get('historyDays'), historyDays, 0, 36_500),
    historyMegabytes: numberFrom(get('historyMegabytes'), historyMegabytes, 1, Number.MAX_SAFE_INTEGER),
  }
}

export function notificationLevel(get: Get): NotificationLevel {
  return oneOf(get('notifications'), notificationLevels, 'batches')
}

/** The environment with what `headlessJobs.env` adds and removes; numbers are taken as they are written. */
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
