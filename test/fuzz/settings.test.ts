// Any JSON as the value of any setting: what is used is always in order, and what is not used as it is has its sentence.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { machineSettings, type Setting, settingsTable, settingValue } from '../../src/core/protocol/settingsTable'
import { settingProblems } from '../../src/extension/settings/settingProblems'
import {
  environmentWith,
  notificationLevel,
  notifications,
  secretNames,
} from '../../src/extension/settings/settingsModel'
import { fuzz } from './amounts'
import { changed, junk, oddNumber, text } from './junk'

const table: Readonly<Record<string, Setting>> = { ...settingsTable, notifications }
const words = Object.values(table).flatMap(setting => (setting.type === 'string' ? setting.enum : []))

const anyValue = fc.oneof(
  { weight: 4, arbitrary: junk },
  { weight: 1, arbitrary: fc.jsonValue() },
  { weight: 2, arbitrary: oddNumber },
  { weight: 1, arbitrary: fc.integer() },
  { weight: 1, arbitrary: fc.constantFrom(...words) },
  { weight: 1, arbitrary: changed(fc.dictionary(text, fc.oneof(text, oddNumber, fc.constant(null)))) },
  { weight: 1, arbitrary: changed(fc.array(text)) },
)
const names = [...Object.keys(table), 'storageFolder', 'env', 'secretEnv']
const someSettings = fc.record(Object.fromEntries(names.map(name => [name, anyValue])), { requiredKeys: [] })
/** Each of some settings has a value of its own. */
const VALUES = Math.round(names.length / 2)

function isAllowed(setting: Setting, value: unknown): boolean {
  if (setting.type === 'string') return setting.enum.some(word => word === value)
  if (typeof value !== 'number' || (setting.type === 'integer' && !Number.isInteger(value))) return false
  return value >= setting.minimum && value <= (setting.maximum ?? Number.MAX_SAFE_INTEGER)
}

it('any JSON as a setting', async () => {
  await fuzz('settings', VALUES, someSettings, given => {
    const get = (name: string) => given[name]
    const used: Record<string, unknown> = { ...machineSettings(get), notifications: notificationLevel(get) }
    const problems = settingProblems(get)
    for (const [name, setting] of Object.entries(table)) {
      expect(isAllowed(setting, used[name])).toBe(true)
      expect(settingValue(setting, used[name])).toBe(used[name])
      const isReported = problems.some(problem => problem.startsWith(`headlessJobs.${name} is `))
      expect(isReported).toBe(get(name) !== undefined && !isAllowed(setting, get(name)))
    }
    for (const problem of problems)
      expect(problem).toMatch(/^headlessJobs\.\w+ is .{1,70}, but must be .+; until then .+\.$/s)
    const env = environmentWith({ PATH: '/bin', UNSET: undefined }, given.env)
    for (const [name, value] of Object.entries(env))
      expect([name === '', name.includes('='), typeof value]).toEqual([false, false, 'string'])
    expect(secretNames(given.secretEnv).every(name => typeof name === 'string' && name !== '')).toBe(true)
  })
})
