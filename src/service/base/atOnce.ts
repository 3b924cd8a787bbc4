// Work for many that is under way for some of them at a time.

/**
 * Does this for each, beginning in their order, for so many at once.
 * @throws what the first that fails throws, when all that had begun have ended; the others are not begun then
 */
export async function forEachAtOnce<Item>(
  items: Iterable<Item>,
  atOnce: number,
  work: (item: Item) => Promise<unknown>,
): Promise<void> {
  const rest = items[Symbol.iterator]()
  let failure: { error: unknown } | undefined
  const workOn = async () => {
    for (let next = rest.next(); !next.done && !failure; next = rest.next()) {
      try {
        await work(next.value)
      } catch (error) {
        failure ??= { error }
      }
    }
  }
  await Promise.all(Array.from({ length: atOnce }, workOn))
  if (failure) throw failure.error
}
