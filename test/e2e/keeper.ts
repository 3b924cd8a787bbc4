// The extension of test/e2e/keeper: its installation beside ours, an update of ours, and what it has noted.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { copyExtensions, install, pack } from '../support/packages'
import type { TempState } from '../support/tempState'
import { codeServerFolder, extensionsWithKeeper, root } from '../support/tools'

/** Its files of notes, and what is in a line of each. */
interface Notes {
  activations: { pid: number }
  submitted: { batch: string; jobs: string[] }
  results: { context: { n?: number }; id?: string; state?: string; value?: unknown; counts?: Record<string, number> }
  tried: { way: string; outcome: string }
}

/** @returns an extensions folder of this state's own */
export function installKeeper({ folder }: TempState): string {
  const extensions = join(folder, 'extensions')
  copyExtensions(extensionsWithKeeper(), extensions)
  return extensions
}

/**
 * Installs our extension once more as if it were the next version, as a user does while windows are open: those that are
 * there go on with the one they have loaded.
 */
export async function installNextVersion({ folder }: TempState, version: string): Promise<void> {
  const file = join(folder, 'next.vsix')
  await pack(root, file, [version, '--no-update-package-json', '--no-git-tag-version'])
  await install(codeServerFolder(), [file], join(folder, 'extensions'), join(folder, 'tools'))
}

/** What Keeper has noted in this workspace, the oldest first. */
export function notes<K extends keyof Notes>(workspace: string, kind: K): Notes[K][] {
  const file = join(workspace, `${kind}.jsonl`)
  if (!existsSync(file)) return []
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1) // behind the last line break may be half a line
  return lines.map(line => JSON.parse(line))
}
