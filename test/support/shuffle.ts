// The order of tests, made of a seed: the same seed gives the same order.

/** A source of numbers from 0 up to 1 (mulberry32), the same for the same seed. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Puts a list into another order, in its place. */
export function shuffle<Item>(items: Item[], random: () => number): Item[] {
  for (let end = items.length - 1; end > 0; end--) {
    const from = Math.floor(random() * (end + 1))
    const moved = items[end] as Item
    items[end] = items[from] as Item
    items[from] = moved
  }
  return items
}
