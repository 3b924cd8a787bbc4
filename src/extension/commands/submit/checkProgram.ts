// Whether a program exists, so that a typing error shows while the command is typed; the runner checks again when the
// job starts.
import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import path from 'node:path'
import { t } from '@vscode/l10n'
import { isProgramPath, programCandidates } from '../../../core/base/programSearch'
import type { Note } from '../../quickInput/note'
import type { VariableContext } from '../../settings/variables'

async function isProgram(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK)
    return (await stat(file)).isFile()
  } catch {
    return false
  }
}

export async function hasProgram(word: string, { cwd, env, windows }: VariableContext): Promise<boolean> {
  for (const [folder, name] of programCandidates(word, env, windows)) {
    if (await isProgram(path.resolve(cwd, folder, name))) return true
  }
  return false
}

/** A warning when there is no such program; a wrapper or a later installation may still make the command right. */
export async function checkProgram(word: string, context: VariableContext): Promise<Note | undefined> {
  if (await hasProgram(word, context)) return undefined
  const where = isProgramPath(word, context.windows) ? path.resolve(context.cwd, word) : t`${word} on the PATH`
  return { severity: 'warning', message: t`There is no program ${where}.` }
}
