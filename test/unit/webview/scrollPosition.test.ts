// Who has moved a list last: the person who scrolls, or the page that shows a row.
import { expect, test } from 'vitest'
import { ScrollPosition } from '../../../src/webview/tree/scrollPosition'

/** What it uses of an element; like one of a page, it keeps within its height. */
const listOf = (height: number, scrollTop = 0) => {
  let top = scrollTop
  return {
    get scrollTop() {
      return top
    },
    set scrollTop(value: number) {
      top = Math.min(height, Math.max(0, value))
    },
  } as Element
}

test('what is wanted is written once, and its event changes nothing, also when more is wanted by then', () => {
  const [scroll, list] = [new ScrollPosition(300), listOf(1000)]
  scroll.write(list)
  expect(list.scrollTop).toBe(300)
  scroll.top = 320
  expect(scroll.read(list)).toBe(false)
  scroll.write(list)
  expect(list.scrollTop).toBe(320)
})

test('what a person scrolls before its event comes is not undone by a rendering', () => {
  const [scroll, list] = [new ScrollPosition(0), listOf(1000)]
  scroll.write(list)
  list.scrollTop = 500
  scroll.write(list)
  expect(list.scrollTop).toBe(500)
  expect(scroll.read(list)).toBe(true)
  expect(scroll.top).toBe(500)
})

test('a list that is made anew is moved to where the one before was', () => {
  const scroll = new ScrollPosition(0)
  const before = listOf(1000)
  scroll.write(before)
  before.scrollTop = 200
  scroll.read(before)
  const anew = listOf(1000)
  scroll.write(anew)
  expect(anew.scrollTop).toBe(200)
})

test('a list that is too short is where it ends', () => {
  const [scroll, list] = [new ScrollPosition(2000), listOf(1000)]
  scroll.write(list)
  expect(scroll.top).toBe(1000)
})
