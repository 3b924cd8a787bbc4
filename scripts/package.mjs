// Packages the extension as one VSIX for all platforms, and refuses one that is too large.
import { mkdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { build } from './build.mjs'
import { isMain, root, runQuietly } from './lib/processes.mjs'
import { writeEnglishTexts } from './lib/texts.mjs'
import { enterProjectNode } from './setup.mjs'

const MAX_BYTES = 1_000_000

/**
 * Builds for production and packages.
 * @returns the path of the VSIX and its size; throws when it is above the limit
 */
export async function packageExtension(file = defaultFile()) {
  mkdirSync(dirname(file), { recursive: true })
  await Promise.all([build({ production: true }), writeEnglishTexts()])
  const vsce = join(root, 'node_modules', '@vscode', 'vsce', 'vsce')
  const options = ['--no-dependencies', '--skip-license', '--allow-missing-repository', '--no-rewrite-relative-links']
  await runQuietly(process.execPath, [vsce, 'package', ...options, '--out', file])
  const bytes = statSync(file).size
  if (bytes > MAX_BYTES) {
    throw new Error(`${file} has ${bytes} bytes, and ${MAX_BYTES} are allowed: see what grew with npx vsce ls.`)
  }
  return { file, bytes }
}

function defaultFile() {
  const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  return join(root, `${name}-${version}.vsix`)
}

if (isMain(import.meta.url)) {
  await enterProjectNode()
  const { file, bytes } = await packageExtension()
  console.log(`${relative(process.cwd(), file)}: ${(bytes / 1000).toFixed(0)} kB`)
}
