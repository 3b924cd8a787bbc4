// Names of the files of saved results: what every file system takes, and never two the same.
import { describe, expect, it } from 'vitest'
import type { Path } from '../../../src/core/values/arrays'
import { arrayEndings, resultName } from '../../../src/service/history/resultNames'

describe('a result', () => {
  it.each([
    ['smooth a.nii', 'smooth_a.nii'],
    ['a/b: "c" ü', 'b_c_ü'],
    ['x\0\ny', 'x_y'],
    ['/', 'job'],
  ])('of %j is called %j', (jobName, name) => {
    expect(resultName(jobName)).toBe(name)
  })

  it('has a name that file systems allow, with no character cut in half', () => {
    const name = resultName('脳'.repeat(200))
    expect(name).toBe('脳'.repeat(50))
  })
})

describe('arrays', () => {
  it.each<[string, readonly Path[], readonly string[]]>([
    ['by their places', [['volume'], ['images', 0], ['images', 1]], ['.volume.npy', '.images.0.npy', '.images.1.npy']],
    ['that are the value', [[]], ['.npy']],
    ['with keys for no file', [['a/b'], [''], ['..', 'x']], ['.a_b.npy', '._.npy', '....x.npy']],
    ['whose names would be the same', [['a', 'b'], ['a.b'], ['A', 'B']], ['.a.b.npy', '.a.b-2.npy', '.A.B-3.npy']],
    ['next to one that looks like a second', [['a-2'], ['a'], ['A']], ['.a-2.npy', '.a.npy', '.A-3.npy']],
  ])('%s', (_, places, endings) => {
    expect(arrayEndings(places)).toEqual(endings)
  })

  it('with long keys have names that file systems allow', () => {
    const [first = '', second = ''] = arrayEndings([['x'.repeat(500)], ['x'.repeat(501)]])
    expect(first).not.toBe(second)
    expect(Buffer.byteLength(resultName('ü'.repeat(500)) + second)).toBeLessThan(240)
  })
})
