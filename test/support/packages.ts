// Packages of extensions for a real VS Code: how they are made and installed.
import { execFile } from 'node:child_process'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { root } from './tools'

const run = promisify(execFile)

/** Packages the extension in a folder as it is, without building it. */
export async function pack(folder: string, file: string, more: readonly string[] = []): Promise<void> {
  const vsce = join(root, 'node_modules', '@vscode', 'vsce', 'vsce')
  const options = ['--no-dependencies', '--skip-license', '--allow-missing-repository', '--no-rewrite-relative-links']
  await run(process.execPath, [vsce, 'package', ...more, ...options, '--out', file], { cwd: folder })
}

/** @param tools where VS Code may keep what it needs for that */
export async function install(
  server: string,
  files: readonly string[],
  extensions: string,
  tools: string,
): Promise<void> {
  await run(process.execPath, [
    join(server, 'out', 'node', 'entry.js'),
    ...['--config', join(tools, 'config.yaml'), '--user-data-dir', tools],
    ...['--extensions-dir', extensions, ...files.flatMap(file => ['--install-extension', file])],
  ])
}

/** Copies a folder of installed extensions; they are listed by their paths. */
export function copyExtensions(from: string, to: string): void {
  cpSync(from, to, { recursive: true })
  const list = join(to, 'extensions.json')
  writeFileSync(list, readFileSync(list, 'utf8').replaceAll(from, to))
}
