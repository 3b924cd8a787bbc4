// The order of tests is made of a seed.
import { expect, it } from 'vitest'
import { seeded, shuffle } from '../../support/shuffle'

const numbers = Array.from({ length: 50 }, (_, i) => i)
const order = (seed: number) => shuffle([...numbers], seeded(seed))

it('the same seed gives the same order, another one another, and nothing is lost', () => {
  expect(order(7)).toEqual(order(7))
  expect(order(8)).not.toEqual(order(7))
  expect(order(7)).not.toEqual(numbers)
  expect(order(7).toSorted((a, b) => a - b)).toEqual(numbers)
})

it('a seed of 0 shuffles as well', () => {
  expect(order(0)).not.toEqual(numbers)
})
