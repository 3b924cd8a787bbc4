import { describe, expect, it } from 'vitest'
import { isNewer } from '../../../src/client/base/version'

describe('a version', () => {
  it('is newer by its numbers, not by its letters', () => {
    expect(isNewer('0.10.0', '0.9.9')).toBe(true)
    expect(isNewer('1.0.0', '0.99.99')).toBe(true)
    expect(isNewer('1.2.3', '1.2.3')).toBe(false)
    expect(isNewer('1.2.3', '1.2.4')).toBe(false)
    expect(isNewer('2', '1.9')).toBe(true)
  })
})
