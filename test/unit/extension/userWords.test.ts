// Words of a user that mean something to JavaScript are words like any other, wherever they are keys.
import { describe, expect, test } from 'vitest'
import { checkSpec } from '../../../src/client/values/checkSpec'
import { prettyJson } from '../../../src/client/values/prettyJson'
import { separateArrays } from '../../../src/core/values/arrays'
import { decodeFrame, encodeFrame, placeArray } from '../../../src/core/values/frames'
import { buildCommand } from '../../../src/extension/commands/submit/commandModel'
import { environmentWith } from '../../../src/extension/settings/settingsModel'
import { expandKnownVariables, expandVariables, type VariableContext } from '../../../src/extension/settings/variables'
import { jobEnvironment, mergeEnvironment, scrubEnvironment } from '../../../src/run/process/environment'

const words = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', '__defineGetter__']

/** As JSON and `process.env` have it: own members, also `__proto__`. */
function ownMembers<T>(value: T): Record<string, T> {
  return JSON.parse(`{${words.map(word => `${JSON.stringify(word)}: ${JSON.stringify(value)}`).join(', ')}}`)
}

function inheritedAndOwn(env: object): string[] {
  const names: string[] = []
  for (const name in env) names.push(name)
  return names
}

describe('names of variables', () => {
  test('are kept when the environment of a window is read, scrubbed and given differences', () => {
    const given = ownMembers('mine')
    expect(Object.entries(scrubEnvironment(given))).toEqual(words.map(word => [word, 'mine']))
    expect(Object.entries(environmentWith(given, ownMembers(7)))).toEqual(words.map(word => [word, '7']))
    expect(Object.entries(mergeEnvironment({ A: '1' }, given))).toEqual([
      ['A', '1'],
      ...words.map(word => [word, 'mine']),
    ])
    expect(Object.keys(mergeEnvironment(given, ownMembers(null)))).toEqual([])
  })

  test('reach the job', () => {
    const env = jobEnvironment({ id: 'id', name: 'a job', cores: 1, cwd: '/' }, scrubEnvironment(ownMembers('mine')))
    expect(inheritedAndOwn(env)).toEqual(expect.arrayContaining(words))
    for (const word of words) expect(env[word]).toBe('mine')
  })

  test('are not there when nobody has set them', () => {
    const context: VariableContext = { userHome: '/home/me', cwd: '/', env: {}, windows: false }
    for (const word of words) expect(expandVariables(`<\${env:${word}}>`, context)).toBe('<>')
    for (const word of words) expect(expandKnownVariables(`\${${word}}`, context)).toBe(`\${${word}}`)
    for (const word of words) expect(() => expandVariables(`\${${word}}`, context)).toThrow('There is no variable')
    expect(buildCommand(`echo $\{env:__proto__}`, true, context).env).toBeUndefined()
  })

  test('may be set for a job', () => {
    expect(() => checkSpec({ command: ['true'], env: ownMembers('mine') })).not.toThrow()
  })
})

test.each(words)('a field %s of a spec is named in a sentence', word => {
  const spec = JSON.parse(`{"command": ["true"], "${word}": "mine"}`) as unknown
  expect(() => checkSpec(spec)).toThrow(`Job: ${word} is not a field that there is.`)
  expect(() => checkSpec({ command: ['cat'], protocol: 'lines', keepAlive: JSON.parse(`{"${word}": 1}`) })).toThrow(
    `has a field ${word}`,
  )
})

test('keys of a value with arrays come through', () => {
  const numbers = new Float32Array([1, 2])
  const inner = Object.fromEntries([['constructor', numbers]])
  const value = Object.fromEntries<unknown>([
    ['__proto__', inner],
    ['toString', numbers],
  ])
  const { value: plain, arrays } = separateArrays(value)
  expect(arrays.map(({ path }) => path)).toEqual([['__proto__', 'constructor'], ['toString']])
  const entries = arrays.map(({ path, dtype, shape }) => ({ path: ['value', ...path], dtype, shape }))
  const { head } = decodeFrame(
    encodeFrame(
      1,
      { value: plain },
      entries,
      arrays.map(() => new Uint8Array(8)),
    ),
  )
  for (const { path } of entries) placeArray(head, path, [1, 2])
  const text = '{"__proto__":{"constructor":[1,2]},"toString":[1,2]}'
  expect(JSON.stringify(head.value)).toBe(text)
  expect(JSON.parse(prettyJson(head.value))).toEqual(JSON.parse(text))
})
