import { describe, expect, it } from 'vitest'
import { messageOf } from '../../../src/core/values/workerMessages'

describe('the message in a line', () => {
  it.each<[string, unknown]>([
    ['hello', { hello: 1, features: ['cancel'] }],
    ['a value', { id: 1, value: { a: [1] } }],
    ['the value null', { id: 1, value: null }],
    ['an error', { id: 2, error: { message: 'no', type: 'ValueError', traceback: 'Traceback' } }],
    ['progress', { id: 3, progress: 0.5 }],
    ['progress with a message', { id: 3, progress: 0, message: 'Loading' }],
    ['log text of a job', { id: 4, log: 'text' }],
    ['log text of nobody', { log: '' }],
    ['an unsolicited message', { message: { type: 'frame' } }],
    ['an unsolicited null', { message: null }],
  ])('%s', (_, message) => {
    expect(messageOf(message)).toEqual(message)
  })

  it.each<[string, unknown]>([
    ['null', null],
    ['a text', 'text'],
    ['a number', 1],
    ['a list', [{ id: 1, value: 1 }]],
    ['nothing', {}],
    ['other JSON', { level: 'info', msg: 'Loading' }],
    ['a value for nobody', { value: 1 }],
    ['an error for nobody', { error: { message: 'no' } }],
    ['a text as id', { id: 'one', value: 1 }],
    ['a text as id that is no positive number', { id: '01', value: 1 }],
    ['id 0', { id: 0, value: 1 }],
    ['a negative id', { id: -1, value: 1 }],
    ['a fraction as id', { id: 1.5, value: 1 }],
    ['an id beyond exact numbers', { id: 2 ** 53, value: 1 }],
    ['an id alone', { id: 1 }],
    ['a message with an id', { id: 1, message: 'x' }],
    ['progress for nobody', { progress: 0.5, message: 'half' }],
    ['progress as text', { id: 1, progress: '50%' }],
    ['log that is no text', { id: 1, log: { a: 1 } }],
    ['hello that names no version', { hello: 'world' }],
  ])('is none: %s', (_, parsed) => {
    expect(messageOf(parsed)).toBeUndefined()
  })

  it('has the number that its id is, also when that is written as text', () => {
    expect(messageOf({ id: '12', value: 1 })).toEqual({ id: 12, value: 1 })
    expect(messageOf({ id: '12', log: 'text' })).toEqual({ id: 12, log: 'text' })
  })

  it('takes only what it knows', () => {
    expect(messageOf({ hello: 2, features: ['cancel', 7, null], more: 1 })).toEqual({ hello: 2, features: ['cancel'] })
    expect(messageOf({ hello: 1 })).toEqual({ hello: 1, features: [] })
    expect(messageOf({ hello: 1, features: 'cancel' })).toEqual({ hello: 1, features: [] })
    expect(messageOf({ id: 1, progress: 0.5, message: 7, more: 1 })).toEqual({ id: 1, progress: 0.5 })
    expect(messageOf({ id: 1, value: 1, more: 1 })).toEqual({ id: 1, value: 1 })
  })

  it('has an error only if there is one', () => {
    expect(messageOf({ id: 1, value: 5, error: null })).toEqual({ id: 1, value: 5 })
    expect(messageOf({ id: 1, value: null, error: { message: 'no' } })).toEqual({ id: 1, error: { message: 'no' } })
    expect(messageOf({ id: 1, error: null })).toEqual({ id: 1, error: { message: 'null' } })
  })

  it('is the answer, for which somebody waits, whatever stands beside it', () => {
    for (const beside of [{ log: 'done' }, { hello: 1 }, { progress: 1 }, { message: 'x' }]) {
      expect(messageOf({ id: 1, value: 5, ...beside })).toEqual({ id: 1, value: 5 })
      expect(messageOf({ id: 1, value: null, ...beside })).toEqual({ id: 1, value: null })
      expect(messageOf({ id: 1, error: 'no', ...beside })).toEqual({ id: 1, error: { message: 'no' } })
    }
    const every = { id: 1, value: null, error: null }
    expect(messageOf({ ...every, log: 'loading' })).toEqual({ id: 1, log: 'loading' }) // who writes every key has no answer yet
    expect(messageOf({ ...every, log: '' })).toEqual({ id: 1, value: null })
  })

  it.each<[string, unknown, unknown]>([
    ['a text', 'no', { message: 'no' }],
    ['a number', 7, { message: '7' }],
    ['an object without a message', { code: 3 }, { message: '{"code":3}' }],
    ['a message that is no text', { message: 3 }, { message: '{"message":3}' }],
    ['types that are no texts', { message: 'no', type: 1, traceback: [] }, { message: 'no' }],
  ])('makes a sentence of an error that is %s', (_, error, expected) => {
    expect(messageOf({ id: 1, error })).toEqual({ id: 1, error: expected })
  })
})

describe('the message in a frame', () => {
  it('has the id of the frame', () => {
    expect(messageOf({ value: 1 }, 5)).toEqual({ id: 5, value: 1 })
    expect(messageOf({ value: 1, id: 6 }, 5)).toEqual({ id: 5, value: 1 })
  })

  it('has no id when the frame has none', () => {
    expect(messageOf({ message: 1 }, 0)).toEqual({ message: 1 })
    expect(messageOf({ log: 'text', id: 6 }, 0)).toEqual({ log: 'text' })
    expect(messageOf({ value: 1, id: 6 }, 0)).toBeUndefined()
  })
})
