// A language that is no language: every letter of a translated text has an accent, so that one which was left in English shows.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { getL10nPseudoLocalized } from '@vscode/l10n-dev'
import { englishTexts } from '../../scripts/lib/texts.mjs'
import { manifestTexts } from './manifestTexts'

/** What VS Code calls it. */
export const PSEUDO = 'qps-ploc'

/** One text in it; values in braces stay. */
export function pseudo(english: string): string {
  return getL10nPseudoLocalized({ text: english }).text as string
}

/** All texts of the code and the page, as VS Code gives them to the extension. */
export async function pseudoTexts(): Promise<Readonly<Record<string, string>>> {
  return getL10nPseudoLocalized(await englishTexts()) as Record<string, string>
}

/** Adds the language to an installed extension, as whoever translates it does. */
export async function addPseudoLanguage(extensions: string): Promise<void> {
  const name = readdirSync(extensions).find(folder => folder.startsWith('headless-jobs.headless-jobs-'))
  if (name === undefined) throw new Error(`The extension is not in ${extensions}.`)
  const folder = join(extensions, name)
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { l10n: string }
  const write = (file: string, texts: unknown) => writeFileSync(join(folder, file), JSON.stringify(texts))
  mkdirSync(join(folder, manifest.l10n), { recursive: true })
  write(join(manifest.l10n, `bundle.l10n.${PSEUDO}.json`), await pseudoTexts())
  write(`package.nls.${PSEUDO}.json`, getL10nPseudoLocalized(manifestTexts))
}

/** Runs in the workbench before it starts: in a browser it takes its language from there. */
export function speakPseudo(language: string): void {
  Object.defineProperty(globalThis, '_VSCODE_NLS_LANGUAGE', { value: language, writable: false })
}

/** The same in every language: numbers with a unit, names of streams, and times, which the browser writes. */
const everywhere =
  /\d+(?:\.\d+)?\s?(?:KB|MB|GB|ms|s|m|h|d)\b|\bstd(?:in|out|err)\b|[A-Z][a-z]{2} \d+, \d{4}, [\d:]+\s[AP]M/g

/**
 * What is English of a text that is shown.
 * @param data what is not translated: names, commands, what a program or the job service says
 */
export function englishOf(shown: string, data: readonly string[]): string {
  const longestFirst = [...data].sort((a, b) => b.length - a.length)
  const rest = longestFirst.reduce((text, known) => text.replaceAll(known, ' '), shown).replace(everywhere, ' ')
  return /[A-Za-z]{2,}/.test(rest) ? rest.replace(/\s+/g, ' ').trim() : ''
}
