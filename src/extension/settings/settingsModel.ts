// The settings that stay in the window, as they are read: with defaults for what is missing or of the wrong type.
import { removeVariable } from '../../core/base/programSearch'
import { emptyRecord } from '../../core/base/records'
import { type QueueConfigs, queueNames } from '../../core/jobs/queueConfig'
import { type Column, columns } from '../../core/pages/jobsPage'
import type { QueueInfo } from '../../core/protocol/facts'
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

/** Columns of a wide view; what is no list of columns is as the default. */
export const defaultColumns: readonly Column[] = ['started', 'cpu', 'memory', 'exit']

export function columnsOf(value: unknown): readonly Column[] {
  return Array.isArray(value) ? columns.filter(column => value.includes(column)) : defaultColumns
}

/** Those that are known, and behind them those that only the settings have; none for `local` alone. */
export function queuesWith(known: readonly QueueInfo[], configs: QueueConfigs): readonly QueueInfo[] {
  const names = queueNames(configs).filter(name => !known.some(queue => queue.name === name))
  if (names.length === 1 && known.length === 0) return []
  const unknown = names.map((name): QueueInfo => {
    const { kind = 'local', slots } = configs[name] ?? {}
    return { name, kind, ...(typeof slots === 'number' && { slots }), used: 0, running: 0, queued: 0 }
  })
  return [...known, ...unknown]
}

/** The environment with what `headlessJobs.env` adds and removes; numbers become strings. */
export function environmentWith(
  base: Readonly<Record<string, string | undefined>>,
  additions: unknown,
  windows = process.platform === 'win32',
): Record<string, string> {
  const merged = emptyRecord<string>()
  for (const [name, value] of Object.entries(base)) if (value !== undefined) merged[name] = value
  if (typeof additions !== 'object' || additions === null) return merged
  for (const [name, value] of Object.entries(additions)) {
    if (name === '' || name.includes('=')) continue
    if (value !== null && typeof value !== 'string' && typeof value !== 'number') continue
    removeVariable(merged, name, windows)
    if (value !== null) merged[name] = String(value)
  }
  return merged
}

export function secretNames(value: unknown): string[] {
  return Array.isArray(value) ? value.filter(name => typeof name === 'string' && name !== '') : []
}
