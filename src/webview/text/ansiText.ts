// What a program wrote for a terminal, as parts with the colours that it asked for.
import Anser from 'anser'

export interface AnsiPart {
  text: string
  /** Class names: `ansi-red`, `ansi-bright-red`, `ansi-bold`, `ansi-bg-red`. */
  classes: string
}

/** A program that draws a line anew means the last one. */
const overwritten = /^.*\r(?!\n|$)/gm

/** Titles and links: sequences that are no colours. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is removed
const operatingSystemCommand = /\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)/g

export function ansiParts(text: string): AnsiPart[] {
  const lines = text.replace(operatingSystemCommand, '').replace(overwritten, '')
  return Anser.ansiToJson(lines, { json: true, remove_empty: true, use_classes: true }).map(
    ({ content, fg, bg, decorations }) => ({
      text: content,
      classes: [fg, bg?.replace('ansi-', 'ansi-bg-'), ...decorations.map(name => `ansi-${name}`)]
        .filter(name => name && /^ansi-[a-z-]+$/.test(name))
        .join(' '),
    }),
  )
}
