// How facts are written in a tooltip: one a line, each of a length that can be read.
import { cutWithEllipsis } from '../../core/base/cut'

/** Longer facts are cut: a command line may have thousands of words. */
const MAX_FACT_LENGTH = 400

/** In the language of VS Code, which is that of the page. */
export const clock = new Intl.DateTimeFormat(globalThis.document?.documentElement.lang || undefined, {
  dateStyle: 'medium',
  timeStyle: 'medium',
})

/** `Label: fact`, leaving out what is not known. */
export function factLines(
  facts: readonly (readonly [label: string, fact: string | undefined, ...unknown[]])[],
): string[] {
  return facts.flatMap(([label, fact]) => (fact ? `${label}: ${shorten(fact)}` : []))
}

export function shorten(fact: string): string {
  return cutWithEllipsis(fact, MAX_FACT_LENGTH)
}
