// Keys between two questions, in the order in which VS Code reports them; a busy window may get several in one turn.
import { expect, test } from 'vitest'
import { Box, type Input, TypedAhead } from '../../../src/extension/quickInput/typedAhead'
import { until } from '../../support/until'

type Listener<T> = (value: T) => void

/** An input that does what the test requests. */
function fakeInput() {
  const changed: Listener<string>[] = []
  const accepted: Listener<void>[] = []
  const hidden: Listener<void>[] = []
  const on =
    <T>(listeners: Listener<T>[]) =>
    (listener: Listener<T>) => {
      listeners.push(listener)
      return { dispose: () => void listeners.splice(listeners.indexOf(listener), 1) }
    }
  const input = {
    value: '',
    show: () => undefined,
    dispose: () => undefined,
    onDidChangeValue: on(changed),
    onDidAccept: on(accepted),
    onDidHide: on(hidden),
  }
  const type = (value: string) => {
    for (const listener of [...changed]) listener(value)
  }
  const enter = () => {
    for (const listener of [...accepted]) listener()
  }
  const hide = () => {
    for (const listener of [...hidden]) listener()
  }
  return { input: input as unknown as Input, type, enter, hide, shown: () => input.value }
}

/** Two questions: the first is answered, the second is on its way. */
function twoQuestions() {
  const ahead = new TypedAhead()
  const [first, second] = [fakeInput(), fakeInput()]
  const [a, b] = [new Box(first.input, ahead), new Box(second.input, ahead)]
  ahead.show(a, () => undefined)
  first.type('one')
  a.answer()
  return { ahead, first, second, b }
}

test('what was typed into the first is known before any key of the second, in one turn', () => {
  const { ahead, first, second, b } = twoQuestions()
  const order: unknown[] = []
  ahead.show(b, () => order.push(ahead.shift()))
  second.input.onDidAccept(() => order.push('Enter'))
  first.type('onetw')
  first.hide()
  second.type('o')
  second.enter()
  expect(order).toEqual([{ text: 'tw', entered: false }, 'Enter'])
})

test('Enter in the first belongs to the second', () => {
  const { ahead, first, b } = twoQuestions()
  let late: unknown
  ahead.show(b, () => {
    late = ahead.shift()
  })
  first.type('onetwo')
  first.enter()
  first.hide()
  expect(late).toEqual({ text: 'two', entered: true })
})

test('what is typed while a text is on its way to the box is put behind it, however late it comes', async () => {
  const { ahead, first, second, b } = twoQuestions()
  ahead.show(b, () => undefined)
  first.hide()
  second.type('b')
  b.set('ab')
  await new Promise(resolve => setTimeout(resolve, 400))
  second.type('bc') // typed before `ab` had come
  second.type('abd') // and after it
  expect(b.typed).toBe('abcd')
})

test('a box that was answered before its first key keeps what it began with to itself', () => {
  const { ahead, first, second, b } = twoQuestions()
  b.beginWith('tw')
  ahead.show(b, () => {
    if (ahead.shift().entered) b.answer()
  })
  first.type('oneo')
  first.enter()
  first.hide()
  second.type('twt')
  second.type('twth')
  expect(ahead.shift()).toEqual({ text: 'th', entered: false })
})

test('a text that the user has changed is what he has made of it', () => {
  const { ahead, first, second, b } = twoQuestions()
  b.beginWith('words')
  ahead.show(b, () => undefined)
  first.hide()
  second.type('x')
  expect(b.typed).toBe('x')
  expect(b.hasBegun).toBe(false)
})

test('a text that is put into the box is checked, also when it was begun in the box before', async () => {
  const { ahead, first, second, b } = twoQuestions()
  const checked: string[] = []
  b.onSet = text => checked.push(text)
  b.beginWith('no such')
  ahead.show(b, () => undefined)
  first.hide()
  b.answer()
  b.present('no such file')
  expect(checked).toEqual(['no such file'])
  b.begin(' at all')
  await until(() => second.shown() === 'no such file at all', 30_000, 'both parts in the box')
  expect(checked).toEqual(['no such file', 'no such file at all'])
})
