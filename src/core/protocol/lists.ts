// Lists on the wire are short, so that neither side's event loop is blocked.
import { MAX_LIST_BYTES, MAX_LIST_ITEMS } from './limits'

/** Splits items into lists of at most `MAX_LIST_ITEMS` and about `MAX_LIST_BYTES`. */
export function* inLists<T>(items: Iterable<T>, bytesOf: (item: T) => number): Generator<T[]> {
  let list: T[] = []
  let bytes = 0
  for (const item of items) {
    const size = bytesOf(item)
    if (list.length > 0 && (list.length >= MAX_LIST_ITEMS || bytes + size > MAX_LIST_BYTES)) {
      yield list
      list = []
      bytes = 0
    }
    list.push(item)
    bytes += size
  }
  if (list.length > 0) yield list
}

/** The same for who waits for all of them: one at least, and each but the last says that there are more. */
export function inParts<T>(items: Iterable<T>, bytesOf: (item: T) => number): { list: T[]; more?: true }[] {
  const lists = [...inLists(items, bytesOf)]
  const last = lists.pop() ?? []
  return [...lists.map(list => ({ list, more: true }) as const), { list: last }]
}

/** Yields to the event loop once, so that input and timers are handled between two lists. */
export function yieldTurn(): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, 0))
}
