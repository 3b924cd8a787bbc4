// The settings that stay in the window, as they are read: with defaults for what is missing or of the wrong type.
import { emptyRecord } from '../../core/base/records'
import { type Setting, type SettingValue, settingValue } from '../../core/protocol/settingsTable'

export const notifications = {
  type: 'string',
  default: 'batches',
  enum: ['never', 'failures', 'batches', 'all'],
} as const satisfies Setting
export type NotificationLevel = SettingValue<typeof notifications>

export type Get = (name: string) => unknown

export function notificationLevel(get: Get): NotificationLevel {
  return settingValue(notifications, get('notifications'))
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
