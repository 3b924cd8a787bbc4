// Which stretch of a long output a document shows, and the lines above and below it that say so. Pure.
import { t } from '@vscode/l10n'
import { formatBytes } from '../../core/protocol/format'

/**
 * Bytes of one part of a long output. VS Code turns off colours, folding and wrapping in what has 300,000 lines, with a message; and what
 * grows is sent to the editor again each second.
 */
export const PART_BYTES = 1024 * 1024
/** An output up to this is shown whole; the end of a longer one grows to it before it begins anew. */
export const MAX_SHOWN_BYTES = 2 * PART_BYTES

/** Where a reader goes in a long output. */
export const moves = ['beginning', 'earlier', 'later', 'end'] as const
export type Move = (typeof moves)[number]

/** Bytes of an output. Without an end it follows what is written. */
export interface Stretch {
  from: number
  to?: number
}

/**
 * @param first byte that can be shown
 * @param before the stretch that was shown before: its end grows, so that what is being read stays where it is
 */
export function endStretch(total: number, first: number, before?: Stretch): Stretch {
  const mayGrow = before !== undefined && before.to === undefined && before.from >= first && before.from <= total
  if (mayGrow && total - before.from <= MAX_SHOWN_BYTES) return before
  return { from: total - first <= MAX_SHOWN_BYTES ? first : total - PART_BYTES }
}

/** The stretch that follows from where the reader is; its ends need not be ends of lines. */
export function movedStretch(move: Move, { from, to }: Stretch, total: number, first: number): Stretch {
  const stretch =
    move === 'beginning' || (move === 'earlier' && from <= first)
      ? { from: first, to: first + PART_BYTES }
      : move === 'earlier'
        ? { from: Math.max(first, from - PART_BYTES), to: from }
        : { from: to ?? total, to: (to ?? total) + PART_BYTES }
  return move === 'end' || stretch.to >= total ? endStretch(total, first) : stretch
}

/** How many bytes at the beginning of a stretch are the rest of a line, or at least of a character. */
export function brokenStart(bytes: Uint8Array): number {
  const line = bytes.indexOf(NEWLINE) + 1
  if (line > 0 && line < bytes.length) return line
  return Math.max(
    0,
    bytes.findIndex(byte => (byte & 0xc0) !== 0x80),
  )
}

/** How many bytes at the end of a stretch begin a line that ends behind it; none when it has no end of a line. */
export function brokenEnd(bytes: Uint8Array): number {
  const line = bytes.lastIndexOf(NEWLINE) + 1
  return line === 0 ? 0 : bytes.length - line
}

const NEWLINE = 10

/** What can be pressed in a line above or below a stretch. */
export interface NoticeAction {
  words: string
  command: string
}

export interface Notice {
  text: string
  actions: readonly NoticeAction[]
}

const wordsOf = (): Readonly<Record<Move | 'save', string>> => ({
  beginning: t('Show Beginning'),
  earlier: t('Show Earlier Part'),
  later: t('Show Later Part'),
  end: t('Go to End'),
  save: t('Save All…'),
})

const commands: Readonly<Record<Move | 'save', string>> = {
  beginning: 'headlessJobs.showBeginning',
  earlier: 'headlessJobs.showEarlierPart',
  later: 'headlessJobs.showLaterPart',
  end: 'headlessJobs.goToEnd',
  save: 'headlessJobs.saveOutput',
}

/** @param before bytes above the stretch */
export function noticeAbove(before: number): Notice {
  return notice(t`⋯ ${formatBytes(before)} come before this line.`, ['earlier', 'beginning', 'save'])
}

/** Of stdout and stderr together, too much ago. */
export function noticeUnordered(before: number): Notice {
  const sentence = t`⋯ ${formatBytes(before)} come before this line; how stdout and stderr followed each other there was not kept.`
  return notice(sentence, ['save'])
}

export function noticeBelow(): Notice {
  return notice(t('⋯ More comes after this line.'), ['later', 'end'])
}

function notice(sentence: string, names: readonly (Move | 'save')[]): Notice {
  const words = wordsOf()
  const actions = names.map(name => ({ words: words[name], command: commands[name] }))
  return { text: `${sentence} ${actions.map(action => `[${action.words}]`).join(' ')}`, actions }
}
