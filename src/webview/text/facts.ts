// How facts are written in a tooltip: one a line, each of a length that can be read.
import { cutWithEllipsis } from '../../core/base/cut'

/** Longer facts are cut: a command line may have thousands of words. */
const MAX_FACT_LENGTH = 400

/** That of VS Code, which is that of the page. */
const language = globalThis.document?.documentElement.lang || undefined

export const clock = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'medium' })
const timeOfDay = new Intl.DateTimeFormat(language, { timeStyle: 'short' })
const dayAndTime = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' })

/** `14:05`, with its day when that is not the one of `now`. */
export function shortTime(at: number, now: number): string {
  const isSameDay = new Date(at).toDateString() === new Date(now).toDateString()
  return (isSameDay ? timeOfDay : dayAndTime).format(at)
}

/** `Label: fact`, leaving out what is not known. */
export function factLines(
  facts: readonly (readonly [label: string, fact: string | undefined, ...unknown[]])[],
): string[] {
  return facts.flatMap(([label, fact]) => (fact ? `${label}: ${shorten(fact)}` : []))
}

export function shorten(fact: string): string {
  return cutWithEllipsis(fact, MAX_FACT_LENGTH)
}
