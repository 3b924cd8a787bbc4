import { describe, expect, test } from 'vitest'
import { outputError, overflowError, silenceError, timeoutError } from '../../../src/run/base/limitErrors'
import { lastLineOf, MAX_LINE_CHARACTERS } from '../../../src/run/output/lastLine'

describe('the last line that is not blank', () => {
  test.each([
    ['', undefined],
    [' \n\r\n \t\n', undefined],
    ['one\ntwo\n', 'two'],
    ['one\ntwo', 'two'],
    ['error here\n\n   \n', 'error here'],
    ['\r 10%\r 20%', '20%'],
    ['\u001b[31mred\u001b[0m\n', 'red'],
    ['text\n\u001b[0m\n', 'text'],
  ])('%j', (text, line) => {
    expect(lastLineOf(Buffer.from(text))).toBe(line)
  })

  test('what is not UTF-8 is replaced', () => {
    expect(lastLineOf(Buffer.from('caf\xe9!\n', 'latin1'))).toBe('caf\ufffd!')
  })

  test('a character whose end has not come yet is left out', () => {
    expect(lastLineOf(Buffer.from('größe').subarray(0, 4))).toBe('grö')
    expect(lastLineOf(Buffer.from('größe').subarray(0, 3))).toBe('gr')
  })

  test('a character whose beginning was cut is left out', () => {
    expect(lastLineOf(Buffer.from('日本').subarray(1))).toBe('本')
  })

  test('a long line is cut', () => {
    const line = lastLineOf(Buffer.from(`${'x'.repeat(2000)}\n`))
    expect(line).toHaveLength(MAX_LINE_CHARACTERS)
    expect(line?.endsWith('x…')).toBe(true)
  })
})

test('sentences name the limit', () => {
  expect(timeoutError(90_000)).toEqual({
    kind: 'timeout',
    message: 'Ended because it ran longer than its time limit of 90 seconds.',
  })
  expect(silenceError(1000).message).toContain('for 1 second,')
  expect(overflowError(1024 ** 3).message).toContain('more than 1024 MB')
  expect(overflowError(2048).message).toContain('more than 2 KB')
  expect(overflowError(1000).message).toContain('more than 1000 bytes')
  expect(outputError('stdout', '/spool/x.out', Object.assign(new Error('x'), { code: 'ENOSPC' })).message).toBe(
    'Ended because its stdout could not be kept in /spool/x.out: the disk is full.',
  )
})
