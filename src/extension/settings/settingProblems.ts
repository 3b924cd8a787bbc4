// What is wrong with the settings: each value that is replaced by another is reported.
import path from 'node:path'
import { t } from '@vscode/l10n'
import { cutWithEllipsis } from '../../core/base/cut'
import { readQueues } from '../../core/jobs/queueConfig'
import { columns } from '../../core/pages/jobsPage'
import { allowedWords, type Setting, settingsTable, settingValue } from '../../core/protocol/settingsTable'
import { type Get, notifications } from './settingsModel'

/** One sentence for each invalid setting: what it must be, and what is used meanwhile. */
export function settingProblems(get: Get): string[] {
  const problems: string[] = []
  const add = (name: string, must: string, meanwhile: string) =>
    problems.push(sentence(name, get(name), must, meanwhile))
  for (const [name, setting] of Object.entries<Setting>({ ...settingsTable, notifications })) {
    const value = get(name)
    const used = settingValue(setting, value)
    if (value === undefined || value === used) continue
    const zero = 'zero' in setting ? t` (0 is ${setting.zero})` : ''
    add(name, allowedWords(setting) + zero, t`${written(used)} is used`)
  }
  const folder = get('storageFolder')
  if (folder !== undefined && !isStorageFolder(folder)) {
    add('storageFolder', t('the absolute path of a folder, or empty'), t('the usual folder is used'))
  }
  const env = get('env')
  if (env !== undefined && !isVariables(env)) {
    add('env', t('variables with texts or null, as in { "NAME": "value" }'), t('what is no such variable is left out'))
  }
  const secret = get('secretEnv')
  if (secret !== undefined && !isNames(secret)) {
    add('secretEnv', t('a list of names, as in ["NAME"]'), t('what is no name is left out'))
  }
  for (const { key, value, must } of readQueues(get('queues')).problems) {
    const name = key === '' ? 'queues' : `queues.${key}`
    problems.push(sentence(name, value, must, t('jobs of this queue wait')))
  }
  const shown = get('columns')
  const isColumn = (name: unknown) => columns.some(column => column === name)
  if (shown !== undefined && !(Array.isArray(shown) && shown.every(isColumn))) {
    add('columns', t('a list of {0}', columns.map(name => `"${name}"`).join(', ')), t('what is no column is left out'))
  }
  return problems
}

function sentence(name: string, value: unknown, must: string, meanwhile: string): string {
  return t`headlessJobs.${name} is ${written(value)}, but must be ${must}; until then ${meanwhile}.`
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
