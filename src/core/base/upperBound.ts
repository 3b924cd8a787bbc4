/**
 * The index of the first of `count` ascending values that is greater, by bisection; `count` when none is.
 * @param valueAt the value at an index
 */
export function upperBound(count: number, valueAt: (index: number) => number, value: number): number {
  let low = 0
  let high = count
  while (low < high) {
    const middle = (low + high) >> 1
    if (valueAt(middle) <= value) low = middle + 1
    else high = middle
  }
  return low
}
