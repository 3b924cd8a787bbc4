// Which protocol two versions speak with each other, and the sentences for those that have none in common.
import { describe, expect, it } from 'vitest'
import {
  highestCommon,
  nothingInCommon,
  type Protocols,
  protocolsOfHello,
  protocolsOfRefusal,
} from '../../../src/core/handshake/versions'

const range = (min: number, max: number): Protocols => ({ min, max })

describe('the highest common protocol', () => {
  it.each([
    [range(4, 5), range(4, 5), 5],
    [range(4, 5), range(4, 4), 4],
    [range(3, 4), range(4, 7), 4],
    [range(2, 9), range(4, 5), 5],
    [range(4, 5), range(2, 3), undefined],
    [range(6, 7), range(4, 5), undefined],
    [range(4, 5), range(Number.NaN, Number.NaN), undefined],
  ])('of %j and %j is %s', (one, other, common) => {
    expect(highestCommon(one, other)).toBe(common)
    expect(highestCommon(other, one)).toBe(common)
  })
})

describe('what the other side speaks', () => {
  it('is one protocol when a window names no lowest', () => {
    const hello = { protocol: 4, version: '', session: '', workspace: '', window: '' }
    expect(protocolsOfHello(hello)).toEqual(range(4, 4))
    expect(protocolsOfHello({ ...hello, minProtocol: 2 })).toEqual(range(2, 4))
  })

  it.each([
    [range(2, 3), 'Anything.', range(2, 3)],
    [undefined, 'The job service speaks protocol 4, this window 5.', range(4, 4)],
    [{ min: '2' }, 'Anything.', undefined],
    [null, '', undefined],
  ])('is read from a refusal with %j and “%s”', (data, sentence, expected) => {
    expect(protocolsOfRefusal(data, sentence)).toEqual(expected)
  })
})

it('says what to do, by who is older', () => {
  expect(nothingInCommon(range(2, 3), range(4, 5))).toMatch(
    /too old .+ 2 to 3, this window 4 to 5\): reload the windows/,
  )
  expect(nothingInCommon(range(6, 6), range(4, 5))).toMatch(
    /too new .+ 6, this window 4 to 5\): reload this window, or/,
  )
})
