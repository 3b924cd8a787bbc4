import { expect, it } from 'vitest'
import { bootId, isSameBoot } from '../../../src/service/base/bootId'

it('is the same while the machine runs, on every platform', () => {
  for (const platform of ['linux', 'darwin', 'win32'] as const)
    expect(isSameBoot(bootId(platform), bootId(platform))).toBe(true)
  expect(bootId('win32')).toMatch(/^booted at \d+$/)
})

it.runIf(process.platform === 'linux')('is that of the kernel, and of the namespace of its pids', () => {
  expect(bootId()).toMatch(/^[0-9a-f-]{36} pid:\[\d+\]$/)
})

it.each([
  ['a', 'a', true],
  ['a', 'b', false],
  ['booted at 1000', 'booted at 1004', true],
  ['booted at 1000', 'booted at 1090', false],
  ['a', 'booted at 1000', false],
  [undefined, 'a', false],
  [undefined, undefined, false],
])('%j and %j: %s', (a, b, same) => {
  expect(isSameBoot(a, b)).toBe(same)
})
