// What a program wrote for a terminal, in a page.
import { expect, it } from 'vitest'
import { ansiParts } from '../../../src/webview/text/ansiText'

const shown = (text: string) => ansiParts(text).map(({ text, classes }) => (classes ? `[${classes}]${text}` : text))

it.each([
  ['', []],
  ['plain <b>', ['plain <b>']],
  ['a \x1b[31mred\x1b[0m b', ['a ', '[ansi-red]red', ' b']],
  ['\x1b[1;92mbold\x1b[22m not', ['[ansi-bright-green ansi-bold]bold', '[ansi-bright-green] not']],
  ['\x1b[41mon red\x1b[49m', ['[ansi-bg-red]on red']],
  ['\x1b[38;5;208mno such class\x1b[0m', ['no such class']],
  ['\x1b[2K\x1b[1Gmoved', ['moved']],
  ['\x1b]0;title\x07text', ['text']],
  ['\x1b]8;;http://a\x1b\\link\x1b]8;;\x1b\\', ['link']],
  ['10%\r50%\r100%\ndone\r\n', ['100%\ndone\r\n']],
])('%j', (text, parts) => {
  expect(shown(text)).toEqual(parts)
})
