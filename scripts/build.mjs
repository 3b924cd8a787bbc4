// Bundles the extension, the job service, its runner and the view's page into dist/. `--production` minifies, `--watch` goes on.
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { isMain, root } from './lib/processes.mjs'
import { enterProjectNode } from './setup.mjs'

/** What a window of the oldest supported VS Code has; the job service runs in the same Node. */
const NODE = 'node22'
/** The Chromium of the oldest supported VS Code. */
const BROWSER = 'chrome140'

function bundles(production) {
  const all = {
    absWorkingDir: root,
    bundle: true,
    minify: production,
    // Source maps are for developing; the licences go into a file of their own.
    sourcemap: production ? false : 'linked',
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
    logOverride: { 'empty-import-meta': 'error', 'import-is-undefined': 'error' },
  }
  const node = { ...all, platform: 'node', format: 'cjs', target: NODE }
  const page = { ...all, platform: 'browser', target: BROWSER }
  return [
    { ...node, entryPoints: ['src/extension/extension.ts'], outfile: 'dist/extension.cjs', external: ['vscode'] },
    { ...node, entryPoints: ['src/service/main.ts'], outfile: 'dist/service.cjs' },
    { ...node, entryPoints: ['src/run/main.ts'], outfile: 'dist/runner.cjs' },
    {
      ...page,
      entryPoints: ['src/webview/main.ts'],
      outfile: 'dist/webview/main.js',
      format: 'esm',
      loader: { '.css': 'empty' },
    },
    {
      ...page,
      entryPoints: ['src/webview/main.css'], // one file, because the page may load only what is named in it
      outfile: 'dist/webview/main.css',
      loader: { '.ttf': 'file' },
      assetNames: '[name]',
    },
  ]
}

/** Builds everything once; throws when something does not build. */
export async function build({ production = false } = {}) {
  const { build: bundle } = await import('esbuild')
  const results = await Promise.all(bundles(production).map(options => bundle(options)))
  copyPython()
  writeLicences(results.flatMap(result => Object.keys(result.metafile.inputs)))
}

/** The helper for worker scripts, beside the bundle of the job service, which gives it to its workers. */
function copyPython() {
  const target = join(root, 'dist', 'python')
  rmSync(target, { recursive: true, force: true })
  cpSync(join(root, 'src', 'python', 'headless_jobs'), join(target, 'headless_jobs'), {
    recursive: true,
    filter: source => !source.includes('__pycache__'),
  })
}

/** Builds, and again on each change; the lines that it prints are those that .vscode/tasks.json waits for. */
async function watch() {
  const { context } = await import('esbuild')
  copyPython()
  console.log('Building …')
  for (const options of bundles(false)) {
    const bundle = await context(options)
    await bundle.rebuild().catch(() => undefined) // esbuild has said what is wrong
    await bundle.watch()
  }
  console.log('Watching for changes.')
}

/** The licences of the packages of which something was bundled, in dist/licences.txt. */
function writeLicences(inputs) {
  const pattern = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//
  const folders = new Set(inputs.map(input => pattern.exec(input)?.[1]).filter(Boolean))
  const texts = [...folders].sort().map(folder => {
    const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
    const files = readdirSync(join(root, folder)).filter(file => /^licen[cs]e/i.test(file))
    const texts = files.map(file => readFileSync(join(root, folder, file), 'utf8').trim())
    const text = texts.length > 0 ? texts.join('\n\n') : licenceOf(manifest)
    return `${manifest.name} ${manifest.version} (${manifest.license})\n\n${text}\n`
  })
  const file = join(root, 'dist', 'licences.txt')
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `Parts of these packages are in this extension.\n\n${texts.join(`\n${'-'.repeat(80)}\n\n`)}`)
}

/** Of a package without a licence file, which only names its licence: ours is the same. */
function licenceOf({ name, license, author }) {
  if (license !== 'MIT' || typeof author !== 'string')
    throw new Error(`The package ${name} that is bundled has no licence file.`)
  return readFileSync(join(root, 'LICENSE'), 'utf8')
    .trim()
    .replace(/^Copyright .*$/m, `Copyright (c) ${author}`)
}

if (isMain(import.meta.url)) {
  await enterProjectNode()
  if (process.argv.includes('--watch')) {
    await watch()
  } else {
    const started = performance.now()
    await build({ production: process.argv.includes('--production') })
    console.log(
      `Built into ${relative(process.cwd(), join(root, 'dist'))} in ${Math.round(performance.now() - started)} ms.`,
    )
  }
}
