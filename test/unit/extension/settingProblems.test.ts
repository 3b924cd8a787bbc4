// The sentences about invalid settings.
import { describe, expect, it } from 'vitest'
import { concurrencyProblem, defaultSettings } from '../../../src/core/protocol/settingsTable'
import { settingProblems } from '../../../src/extension/settings/settingProblems'

const problems = (values: Record<string, unknown>) => settingProblems(name => values[name])

describe('a setting that cannot be accepted', () => {
  it.each<[string, unknown, string]>([
    ['concurrency', 5000, 'is 5000, but must be a whole number from 0 to 1024'],
    ['concurrency', 5000, '1024 is used'],
    ['concurrency', -3, 'is -3, but must be a whole number from 0 to 1024'],
    ['concurrency', 2.5, 'is 2.5, but must be a whole number from 0 to 1024'],
    ['concurrency', 'many', 'is "many", but must be a whole number'],
    ['niceness', 20, 'a whole number from 0 to 19; until then 19 is used'],
    ['killGraceSeconds', '5', 'is "5", but must be a number from 0 to 3600; until then 5 is used'],
    ['maxOutputMegabytes', 0, 'a number of 1 or more; until then 1 is used'],
    ['historyDays', null, 'is null, but must be a number from 0 to 36500; until then 30 is used'],
    ['historyMegabytes', true, 'must be a number of 1 or more'],
    ['onLastWindowClosed', 'stop', 'is "stop", but must be "continue" or "cancel"; until then "continue" is used'],
    ['afterServiceCrash', 'go', '"pause" or "continue"'],
    ['notifications', 'some', '"never" or "failures" or "batches" or "all"; until then "batches" is used'],
    ['storageFolder', 'jobs', 'is "jobs", but must be the absolute path of a folder, or empty'],
    ['env', { A: false }, 'variables with texts or null'],
    ['env', ['A=1'], 'variables with texts or null'],
    ['env', { 'A=': 'x' }, 'variables with texts or null'],
    ['secretEnv', 'A', 'a list of names'],
    ['secretEnv', ['A', 3], 'a list of names'],
  ])('headlessJobs.%s: %j is one sentence', (name, value, sentence) => {
    const [problem, ...more] = problems({ [name]: value })
    expect(problem).toContain(`headlessJobs.${name} `)
    expect(problem).toContain(sentence)
    expect(more).toEqual([])
  })

  it('is shown for each, in a sentence that is not too long', () => {
    const sentences = problems({ concurrency: -1, niceness: 'x'.repeat(1000) })
    expect(sentences).toHaveLength(2)
    expect(Math.max(...sentences.map(({ length }) => length))).toBeLessThan(250)
  })
})

it('settings within their ranges, and those that are not set, are no problem', () => {
  expect(problems({})).toEqual([])
  expect(problems({ ...defaultSettings })).toEqual([])
  const env = { A: 'x', B: null, C: 5 }
  expect(
    problems({
      concurrency: 1024,
      killGraceSeconds: 2.5,
      storageFolder: ' ',
      env,
      secretEnv: ['A'],
      notifications: 'all',
    }),
  ).toEqual([])
})

it('a number of jobs at once has one rule and one sentence', () => {
  for (const typed of [0, 1, 1024]) expect(concurrencyProblem(typed)).toBeUndefined()
  for (const typed of [-1, 1025, 5000, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(concurrencyProblem(typed)).toBe('Type a whole number from 0 to 1024; 0 is the number of usable cores.')
  }
})
