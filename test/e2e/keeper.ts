// The extension of test/e2e/keeper: its installation beside ours, an update of ours, and what it has noted.
import { execFile } from 'node:child_process'
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { TempState } from '../support/tempState'
import { codeServerFolder, extensionsFolder, root } from '../support/tools'

const run = promisify(execFile)

/** Its files of notes, and what is in a line of each. */
interface Notes {
  activations: { pid: number }
  submitted: { batch: string; jobs: string[] }
  results: { context: { n?: number }; id?: string; state?: string; value?: unknown; counts?: Record<string, number> }
  tried: { way: string; outcome: string }
}

/** @returns an extensions folder of this state's own */
export async function installKeeper(state: TempState): Promise<string> {
  const folder = foldersOf(state).extensions
  cpSync(extensionsFolder(), folder, { recursive: true })
  const list = join(folder, 'extensions.json')
  writeFileSync(list, readFileSync(list, 'utf8').replaceAll(extensionsFolder(), folder))
  await install(state, await pack(state, join(root, 'test', 'e2e', 'keeper'), 'keeper'))
  return folder
}

/**
 * Installs our extension once more as if it were the next version, as a user does while windows are open: those that are
 * there go on with the one they have loaded.
 */
export async function installNextVersion(state: TempState, version: string): Promise<void> {
  await install(state, await pack(state, root, 'next', [version, '--no-update-package-json', '--no-git-tag-version']))
}

/** What Keeper has noted in this workspace, the oldest first. */
export function notes<K extends keyof Notes>(workspace: string, kind: K): Notes[K][] {
  const file = join(workspace, `${kind}.jsonl`)
  if (!existsSync(file)) return []
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1) // behind the last line break may be half a line
  return lines.map(line => JSON.parse(line))
}

const foldersOf = ({ folder }: TempState) => ({
  extensions: join(folder, 'extensions'),
  tools: join(folder, 'tools'),
})

async function pack(state: TempState, folder: string, name: string, more: readonly string[] = []): Promise<string> {
  const file = join(state.folder, `${name}.vsix`)
  const vsce = join(root, 'node_modules', '@vscode', 'vsce', 'vsce')
  const options = ['--no-dependencies', '--skip-license', '--allow-missing-repository', '--no-rewrite-relative-links']
  await run(process.execPath, [vsce, 'package', ...more, ...options, '--out', file], { cwd: folder })
  return file
}

async function install(state: TempState, file: string): Promise<void> {
  const { extensions, tools } = foldersOf(state)
  await run(process.execPath, [
    join(codeServerFolder(), 'out', 'node', 'entry.js'),
    ...['--config', join(tools, 'config.yaml'), '--user-data-dir', tools],
    ...['--extensions-dir', extensions, '--install-extension', file],
  ])
}
