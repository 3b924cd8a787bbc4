// The settings of the machine, which windows send to the job service: a row each, in the words of package.json. Their types,
// their schema, the values that are used and the sentences about wrong ones follow from it.
import { t } from '@vscode/l10n'
import { MAX_CONCURRENCY } from './limits'

interface NumberSetting {
  type: 'number' | 'integer'
  default: number
  minimum: number
  /** Absent when every larger number is allowed. */
  maximum?: number
  /** What 0 means where it is no number like the others. */
  zero?: string
}

interface ChoiceSetting {
  type: 'string'
  default: string
  enum: readonly string[]
}

export type Setting = NumberSetting | ChoiceSetting

export const settingsTable = {
  concurrency: {
    type: 'integer',
    default: 0,
    minimum: 0,
    maximum: MAX_CONCURRENCY,
    zero: t('the number of usable cores'),
  },
  niceness: { type: 'integer', default: 10, minimum: 0, maximum: 19 },
  killGraceSeconds: { type: 'number', default: 5, minimum: 0, maximum: 3600 },
  onLastWindowClosed: { type: 'string', default: 'continue', enum: ['continue', 'cancel'] },
  afterServiceCrash: { type: 'string', default: 'pause', enum: ['pause', 'continue'] },
  maxOutputMegabytes: { type: 'number', default: 1024, minimum: 1 },
  historyDays: { type: 'number', default: 30, minimum: 0, maximum: 36_500 },
  historyJobs: { type: 'integer', default: 100_000, minimum: 1 },
  historyMegabytes: { type: 'number', default: 2048, minimum: 1 },
} as const satisfies Readonly<Record<string, Setting>>

export type SettingValue<S extends Setting> = S extends ChoiceSetting ? S['enum'][number] : number

type Table = typeof settingsTable
/** The last change of any window counts. */
export type MachineSettings = { readonly [K in keyof Table]: SettingValue<Table[K]> }

/** The value that is used: the nearest allowed number, or the default for what is missing or of the wrong type. */
export function settingValue<S extends Setting>(setting: S, value: unknown): SettingValue<S>
export function settingValue(setting: Setting, value: unknown): string | number {
  if (setting.type === 'string') return setting.enum.find(word => word === value) ?? setting.default
  if (typeof value !== 'number' || !Number.isFinite(value)) return setting.default
  const nearest = Math.min(setting.maximum ?? Number.MAX_SAFE_INTEGER, Math.max(setting.minimum, value))
  return setting.type === 'integer' ? Math.floor(nearest) : nearest
}

/** From any source of named values, whatever is in it. */
export function machineSettings(get: (name: string) => unknown): MachineSettings {
  const values = Object.entries(settingsTable).map(([name, setting]) => [name, settingValue(setting, get(name))])
  return Object.fromEntries(values) as MachineSettings
}

export const defaultSettings = machineSettings(() => undefined)

/** `a whole number from 0 to 19`, `"pause" or "continue"`. */
export function allowedWords(setting: Setting): string {
  if (setting.type === 'string') return setting.enum.map(word => JSON.stringify(word)).join(t(' or '))
  const { type, minimum, maximum } = setting
  if (maximum === undefined)
    return type === 'integer' ? t`a whole number of ${minimum} or more` : t`a number of ${minimum} or more`
  return type === 'integer'
    ? t`a whole number from ${minimum} to ${maximum}`
    : t`a number from ${minimum} to ${maximum}`
}

/** What is wrong with a typed number of jobs at once. */
export function concurrencyProblem(typed: number): string | undefined {
  const setting = settingsTable.concurrency
  if (settingValue(setting, typed) === typed) return undefined
  return t`Type ${allowedWords(setting)}; 0 is ${setting.zero}.`
}
