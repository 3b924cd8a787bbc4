// Every text that a user sees is translated, and whoever translates knows it.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: source with templates
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { englishTexts, translatedFolders } from '../../../scripts/lib/texts.mjs'
import { textKeys, untranslated } from '../../support/textRules'
import { root } from '../../support/tools'

/** Sentences that the job service or a runner says, which are stored as they are. */
const english = [
  ...['core/jobs/finishLimit.ts', 'core/jobs/job.ts', 'core/values/frames.ts', 'core/values/workerMessages.ts'],
  ...['core/protocol/requestSchemas.ts', 'core/protocol/schemaPredicate.ts', 'core/protocol/wire.ts'],
]

/** How literals begin that look like texts and are none, or none of a user's. */
const noTexts: Readonly<Record<string, readonly string[]>> = {
  'client/jobs/callbacks.ts': [' of job '], // in the log
  'client/jobs/jobHandle.ts': ['onResult of the batch'], // in the log
  'extension/commands/service/serviceActions.ts': ['{0} {1}, Node {2}'], // in the report
  'extension/commands/service/queueChecks.ts': ['exit '], // of the shell
  'extension/commands/submit/commandModel.ts': ['bash -o pipefail'],
  'extension/settings/variables.ts': ['nii nrrd '],
  // the report, which is read by whoever helps
  'extension/text/serviceText.ts': [
    ...['# Headless Jobs', 'service: ', ', ending', 'folder: ', 'jobs: ', 'concurrency: ', 'paused. ', 'Warm workers'],
  ],
  'extension/text/fileLinks.ts': ['File "', 'Error in ', 'File: ', ' line '], // as programs write them
  'extension/text/terminalCommand.ts': ['printf %s ', 'cd ', 'set "', '(if defined '],
  'extension/timeline/reportHtml.ts': ['\nbody { margin'],
  'extension/views/pageHtml.ts': ["default-src 'none'"],
  'webview/main.ts': ['There is no page '], // for its developer
  'webview/pages/timelinePage.ts': ['{0}; top: '],
  'webview/text/rowText.ts': ['exit '], // of a sentence of the service
  'webview/tree/rows.ts': ['flex-grow: '],
}

const sources = new Map(
  translatedFolders.flatMap(folder =>
    readdirSync(join(root, 'src', folder), { recursive: true, encoding: 'utf8' })
      .filter(file => file.endsWith('.ts'))
      .map(file => [`${folder}/${file.replaceAll('\\', '/')}`, readFileSync(join(root, 'src', folder, file), 'utf8')]),
  ),
)

test('no text of the window and its pages is left in English', () => {
  const found = [...sources].flatMap(([file, source]) => {
    const isNone = (text: string) => noTexts[file]?.some(beginning => text.startsWith(beginning))
    return english.includes(file)
      ? []
      : untranslated(source)
          .filter(({ text }) => !isNone(text))
          .map(({ sentence }) => `${file}:${sentence}`)
  })
  expect(found).toEqual([])
})

test('each exception is still needed', () => {
  const textsOf = (file: string) => untranslated(sources.get(file) ?? '').map(({ text }) => text)
  expect(english.filter(file => textsOf(file).length === 0)).toEqual([])
  const unused = Object.entries(noTexts).flatMap(([file, beginnings]) =>
    beginnings.filter(beginning => !textsOf(file).some(text => text.startsWith(beginning))),
  )
  expect(unused).toEqual([])
})

test('what is extracted for translations is what is looked up in them', async () => {
  const looked = new Set([...sources.values()].flatMap(textKeys))
  expect(looked.size).toBeGreaterThan(600)
  expect(Object.keys(await englishTexts()).sort()).toEqual([...looked].sort())
})

test.each(['extension/extension.ts', 'webview/main.ts'])('%s knows the language before it loads a text', file => {
  expect(/^import .*$/m.exec(sources.get(file) ?? '')?.[0]).toBe(`import './l10n'`)
})

describe('the rule finds', () => {
  test.each([
    `vscode.window.showErrorMessage('It is broken.')`,
    'vscode.window.showInformationMessage(`Saved ${file}.`)',
    `vscode.window.showWarningMessage(t('Sure?'), 'Delete')`,
    `const item = { label: 'Recent' }`,
    `const item = { label: 'Nothing', description: t('stdin is empty') }`,
    'const item = { label: `$(output) Show Log` }',
    `const options = { title: 'Set Concurrency', placeHolder: '0' }`,
    `throw new Error('There is no job.')`,
    'throw new TypeError(`${name} must be a string.`)',
    `const words = ok ? 'has succeeded' : t('has failed')`,
    'const text = t`${n} jobs` + ` and ${more} more`',
    'const row = html`<p>No jobs yet.</p>`',
    'const row = html`<p>${fact} More.</p>`',
    'const row = html`<button aria-label="Stop" @click=${stop}></button>`',
    'const row = html`<input placeholder="Find" .value=${value} />`',
    'const row = html`<i class="icon"></i>wrote to stderr`',
    't(`Hello ${name}`)',
    't`\\${${name}} is none.`',
  ])('%s', source => {
    expect(untranslated(source)).toHaveLength(1)
  })
})

describe('the rule takes no offence at', () => {
  test.each([
    `import { t } from '@vscode/l10n'`,
    `vscode.window.showErrorMessage(t('It is broken.'))`,
    'const text = t`${countOf(n, "job")} failed: ${list}.`',
    `log.info('The job service was reached.')`,
    'this.#host.log(`The handler ${id} threw: ${error}`)',
    'const text = `$(output) ${t("Show Log")}`',
    'const text = `${name}: ${value}`',
    'const text = `${minutes}m ${seconds}s`',
    'const filter = `batch:${id} state:failed`',
    `const options = { placeholder: 'data/**/*.nii.gz', value: 'auto' }`,
    'const row = html`<div class="row ${active}" title=${t("Stop")} .style=${`height: ${n}px`}>${words}</div>`',
    `const name: 'a job' | 'a batch' = x`,
    `const isIt = word === 'a job'`,
  ])('%s', source => {
    expect(untranslated(source)).toEqual([])
  })
})
