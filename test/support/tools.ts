// Where the tests in a real VS Code find what they need. `npm test` sets it up and passes it through the environment.
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The project's folder; the tests run from its sources and from bundles in dist/. */
export const root = findRoot(import.meta.dirname)

/** The folder of the npm package code-server. */
export const codeServerFolder = () => tool('HEADLESS_JOBS_CODE_SERVER')
/** The program of a Chromium. */
export const browserPath = () => tool('HEADLESS_JOBS_BROWSER')
/** An extensions folder in which the packaged extension is installed. */
export const extensionsFolder = () => tool('HEADLESS_JOBS_EXTENSIONS')
/** One in which the extension of test/e2e/keeper is beside it. */
export const extensionsWithKeeper = () => tool('HEADLESS_JOBS_EXTENSIONS_WITH_KEEPER')

function tool(variable: string): string {
  const path = process.env[variable]
  if (!path || !existsSync(path)) throw new Error(`${variable} names nothing that is there: run this through npm test.`)
  return path
}

function findRoot(from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    const manifest = join(folder, 'package.json')
    if (existsSync(manifest) && readFileSync(manifest, 'utf8').includes('"name": "headless-jobs"')) return folder
    if (folder === dirname(folder)) throw new Error(`${from} is not inside the project.`)
  }
}
