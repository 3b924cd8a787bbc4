// What is wrong with the settings: each value that is replaced by another is reported.
import path from 'node:path'
import { cutWithEllipsis } from '../../core/base/cut'
import { defaultSettings } from '../../core/protocol/facts'
import { isWithin, rangeWords, settingRanges } from '../../core/protocol/settingRanges'
import {
  DEFAULT_LEVEL,
  type Get,
  machineSettings,
  notificationLevels,
  serviceCrashChoices,
  windowsClosedChoices,
} from './settingsModel'

const choices = {
  onLastWindowClosed: [windowsClosedChoices, defaultSettings.onLastWindowClosed],
  afterServiceCrash: [serviceCrashChoices, defaultSettings.afterServiceCrash],
  notifications: [notificationLevels, DEFAULT_LEVEL],
} as const

/** One sentence for each invalid setting: what it must be, and what is used meanwhile. */
export function settingProblems(get: Get): string[] {
  const used = machineSettings(get)
  const problems: string[] = []
  const add = (name: string, must: string, meanwhile: string) =>
    problems.push(`headlessJobs.${name} is ${written(get(name))}, but must be ${must}; until then ${meanwhile}.`)
  for (const [name, range] of Object.entries(settingRanges)) {
    const value = get(name)
    if (value === undefined || (typeof value === 'number' && isWithin(value, range))) continue
    const automatic = name === 'concurrency' ? ' (0 is the number of usable cores)' : ''
    add(name, rangeWords(range) + automatic, `${used[name as keyof typeof settingRanges]} is used`)
  }
  for (const [name, [known, fallback]] of Object.entries(choices)) {
    const value = get(name)
    if (value === undefined || (known as readonly unknown[]).includes(value)) continue
    add(name, known.map(written).join(' or '), `${written(fallback)} is used`)
  }
  const folder = get('storageFolder')
  if (folder !== undefined && !isStorageFolder(folder)) {
    add('storageFolder', 'the absolute path of a folder, or empty', 'the usual folder is used')
  }
  const env = get('env')
  if (env !== undefined && !isVariables(env)) {
    add('env', 'variables with texts or null, as in { "NAME": "value" }', 'what is no such variable is left out')
  }
  const secret = get('secretEnv')
  if (secret !== undefined && !isNames(secret)) {
    add('secretEnv', 'a list of names, as in ["NAME"]', 'what is no name is left out')
  }
  return problems
}

export function isStorageFolder(value: unknown): value is string {
  return typeof value === 'string' && (value.trim() === '' || path.isAbsolute(value.trim()))
}

function isVariables(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return Object.entries(value).every(
    ([name, text]) =>
      name !== '' && !name.includes('=') && (text === null || ['string', 'number'].includes(typeof text)),
  )
}

function isNames(value: unknown): boolean {
  return Array.isArray(value) && value.every(name => typeof name === 'string' && name !== '')
}

/** Longer values are cut in the sentence. */
const MAX_WRITTEN = 60

/** As in settings.json. */
function written(value: unknown): string {
  return cutWithEllipsis(JSON.stringify(value) ?? String(value), MAX_WRITTEN)
}
