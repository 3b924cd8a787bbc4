// The English texts of the extension, as its code and its page have them: what a translation translates.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './processes.mjs'

/** What runs in a window. Sentences of the job service are stored, in English, like what a program prints. */
export const translatedFolders = ['core', 'client', 'extension', 'webview']

const IMPORT = "import { t } from '@vscode/l10n'\n"
const CALL = /(?<![\w$.'"#])t(?=[(`])/g

/** @returns each text by itself, as in a bundle of translations */
export async function englishTexts() {
  const { default: l10n } = await import('@vscode/l10n-dev')
  return l10n.getL10nJson(translatedFolders.map(folder => ({ extension: '.ts', contents: scriptOf(folder) })))
}

/** One script for all of a folder, in the only words that the package looks for: a script takes it a third of a second. */
function scriptOf(folder) {
  const sources = readdirSync(join(root, 'src', folder), { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.ts'))
    .map(file => readFileSync(join(root, 'src', folder, file), 'utf8'))
    .filter(source => source.includes(IMPORT))
  const code = sources.join('\n').replaceAll(IMPORT, '').replaceAll(CALL, 'l10n.t')
  return `import * as l10n from '@vscode/l10n'\n${code}`
}

/** Beside the translations, for those who make one. */
export async function writeEnglishTexts() {
  const folder = join(root, 'media', 'l10n')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'bundle.l10n.json'), `${JSON.stringify(await englishTexts(), undefined, 2)}\n`)
}
