// Where a program is looked for, on both kinds of platform.
import { describe, expect, it } from 'vitest'
import { environmentValue, isProgramPath, programCandidates } from '../../../src/core/base/programSearch'

const places = (word: string, env: Record<string, string>, windows: boolean) =>
  programCandidates(word, env, windows).map(place => place.join('|'))

describe('a program', () => {
  it.each([
    ['python', false, false],
    ['./run.sh', false, true],
    ['a\\b', false, false],
    ['a\\b', true, true],
  ])('%s, on Windows %s, is a path: %s', (word, windows, expected) => {
    expect(isProgramPath(word, windows)).toBe(expected)
  })

  it('by its name is looked for in the folders of PATH, of which an empty one is the working folder', () => {
    expect(places('wc', { PATH: '/a::/b' }, false)).toEqual(['/a|wc', '|wc', '/b|wc'])
  })

  it('by its name is found where execvp finds it when there is no PATH', () => {
    expect(places('wc', {}, false)).toEqual(['/bin|wc', '/usr/bin|wc'])
  })

  it('by its path is looked for from the working folder alone', () => {
    expect(places('bin/wc', { PATH: '/a' }, false)).toEqual(['.|bin/wc'])
  })

  it('has the endings of PATHEXT on Windows, where names of variables have any case', () => {
    expect(places('wc', { Path: 'C:\\a;D:\\b', PathExt: '.EXE' }, true)).toEqual([
      'C:\\a|wc.exe',
      'C:\\a|wc',
      'D:\\b|wc.exe',
      'D:\\b|wc',
    ])
    expect(environmentValue({ Path: 'x' }, 'PATH', false)).toBeUndefined()
  })
})
