// Bundles what only developers run (tests in VS Code, the demo, the benchmarks) into dist/, which is git-ignored.
import { readdirSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { root, run } from './processes.mjs'

const shared = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node24',
  packages: 'external',
  sourcemap: 'inline',
  logLevel: 'warning',
}

/**
 * Bundles a TypeScript file for the project's Node.
 * @returns the bundle
 */
export async function bundleTypeScript(file) {
  const { build } = await import('esbuild')
  const outfile = join(root, 'dist', 'dev', file.replace(/\.ts$/, '.mjs'))
  await build({ ...shared, entryPoints: [file], outfile, format: 'esm' })
  return outfile
}

/**
 * Bundles a TypeScript file and runs it under the project's Node, in the project's folder.
 * @returns its exit code
 */
export async function runTypeScript(file, args = [], options = {}) {
  return run(process.execPath, ['--enable-source-maps', await bundleTypeScript(file), ...args], options)
}

/** Bundles the tests that run inside the extension host, one bundle each. */
export async function bundleHostTests() {
  const { build } = await import('esbuild')
  const outdir = join(root, 'dist', 'test', 'vscode')
  rmSync(outdir, { recursive: true, force: true })
  const tests = readdirSync(join(root, 'test', 'vscode')).filter(name => name.endsWith('.test.ts'))
  await build({
    ...shared,
    target: 'node22',
    entryPoints: ['index.ts', ...tests].map(name => ({ in: `test/vscode/${name}`, out: basename(name, '.ts') })),
    outdir,
    outExtension: { '.js': '.cjs' },
    format: 'cjs',
  })
}
