// Where text is cut no character is: not in bytes, not in a surrogate pair.
import { describe, expect, test } from 'vitest'
import { cutAt, cutBytes, shortenText } from '../../../src/core/base/cut'
import { FrameReader } from '../../../src/core/values/frames'
import { outputName } from '../../../src/extension/text/outputModel'
import { lastLineOf } from '../../../src/run/output/lastLine'
import { fromWholeCharacter, unfinishedBytes } from '../../../src/run/output/utf8'

const characters = ['a', 'é', '名', '🧠']

test('text', () => {
  expect(cutAt('abc', 3)).toBe('abc')
  expect(cutAt('ab🧠', 3)).toBe('ab')
  expect(cutAt('ab🧠', 4)).toBe('ab🧠')
  expect(shortenText('ab🧠cd', 4)).toBe('ab…')
  expect(shortenText('ab🧠c', 5)).toBe('ab🧠c')
})

test.each(characters)('bytes of %s', character => {
  const text = character.repeat(10)
  for (let most = 0; most <= 40; most++) {
    const cut = cutBytes(text, most)
    expect(text.startsWith(cut)).toBe(true)
    expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(most)
    expect(Buffer.byteLength(cut)).toBeGreaterThan(Math.min(most, Buffer.byteLength(text)) - 4)
  }
})

test.each(characters)('the beginning and the end of a piece with %s', character => {
  const bytes = Buffer.from(`${character}${character}z`)
  for (let at = 0; at < bytes.length; at++) {
    expect(Buffer.from(fromWholeCharacter(bytes.subarray(at))).toString()).not.toContain('\ufffd')
    const piece = bytes.subarray(0, at)
    expect(piece.subarray(0, piece.length - unfinishedBytes(piece)).toString()).not.toContain('\ufffd')
  }
  expect(unfinishedBytes(bytes)).toBe(0)
})

test('what is no UTF-8 waits for nothing', () => {
  expect(unfinishedBytes(Buffer.from([0x80, 0x80, 0x80, 0x80]))).toBe(0)
  expect(unfinishedBytes(Buffer.from('caf\xe9 ', 'latin1'))).toBe(0)
  expect(unfinishedBytes(new Uint8Array())).toBe(0)
  expect(unfinishedBytes(Buffer.from([0xff]))).toBeLessThanOrEqual(1)
})

test('a last line that is shortened', () => {
  const line = lastLineOf(Buffer.from('🧠'.repeat(400))) ?? ''
  expect(line.length).toBeLessThanOrEqual(500)
  expect(line.isWellFormed()).toBe(true)
})

test('a file name for an output is one that file systems take', () => {
  expect(Buffer.byteLength(outputName('名'.repeat(300), 'stdout'))).toBeLessThanOrEqual(255)
  expect(outputName('a name', 'value')).toBe('a name.json')
})

describe('what only a terminal reads is not in the last line', () => {
  const ESC = '\x1b'
  test.each([
    ['colours', `${ESC}[1;31mred${ESC}[0m`, 'red'],
    ['colours with colons', `${ESC}[38:2::255:0:0mred${ESC}[m`, 'red'],
    ['a title', `${ESC}]0;my title\x07words`, 'words'],
    ['a title that ends otherwise', `${ESC}]2;my title${ESC}\\words`, 'words'],
    ['a link', `see ${ESC}]8;;https://example.org/a?b${ESC}\\the page${ESC}]8;;${ESC}\\.`, 'see the page.'],
    ['a link that ends otherwise', `${ESC}]8;id=1;https://example.org\x07page${ESC}]8;;\x07`, 'page'],
    ['marks of a shell', `${ESC}]133;A\x07${ESC}]1337;CurrentDir=/data\x07$ make`, '$ make'],
    ['a title that is not whole', `words${ESC}]0;my ti`, 'words'],
    ['a title that is cut by another', `${ESC}]0;my ti${ESC}[31mwords`, 'words'],
    ['a colour that is not whole', `words${ESC}[3`, 'words'],
    ['an escape alone', `words${ESC}`, 'words'],
    ['a character set', `${ESC}(Bwords${ESC})0`, 'words'],
    ['tmux’s and screen’s own', `${ESC}Ptmux;inner${ESC}\\${ESC}_name${ESC}\\${ESC}^private${ESC}\\words`, 'words'],
    ['the cursor', `${ESC}7${ESC}[?25lwords${ESC}8${ESC}[K${ESC}M${ESC}=${ESC}c`, 'words'],
    ['a bell and other controls', '\x07words\x00\x0f', 'words'],
    ['a tab stays', 'a\tb', 'a\tb'],
  ])('%s', (_, text, expected) => {
    expect(lastLineOf(Buffer.from(`before\n${text}`))).toBe(expected)
    expect(lastLineOf(Buffer.from(`before\n${text}\n`))).toBe(expected)
  })

  test('a line of them alone is skipped', () => {
    expect(lastLineOf(Buffer.from(`words\n${ESC}]0;title\x07${ESC}[0m\n`))).toBe('words')
  })
})

test('what a sentence shows of bytes that are no frame', () => {
  const reader = new FrameReader(1000, () => undefined)
  let message = ''
  try {
    reader.push(Buffer.from(`a${'名'.repeat(200)}`))
  } catch (error) {
    message = (error as Error).message
  }
  expect(message).toContain('no frame begins with "a名')
  expect(message).not.toContain('\ufffd')
})
