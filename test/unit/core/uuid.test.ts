import { describe, expect, it } from 'vitest'
import { isId, uuidv7 } from '../../../src/core/base/uuid'

describe('ids', () => {
  it('are UUIDs of version 7 that sort by age, also many in one millisecond', () => {
    const ids = Array.from({ length: 20_000 }, uuidv7)
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(new Set(ids).size).toBe(ids.length)
    expect([...ids].sort()).toEqual(ids)
  })

  it('are all that passes for one: file names are made of them', () => {
    expect(isId(uuidv7())).toBe(true)
    for (const bad of ['', '../../etc/passwd', `${uuidv7()}/x`, 7, null, undefined, {}]) expect(isId(bad)).toBe(false)
  })
})
