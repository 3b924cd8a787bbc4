// A light look whether a program is there, so that a slip is seen while typing; the job service has the last word.
import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import path from 'node:path'
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

/** The places where a word is looked for as a program. */
function candidates(word: string, { cwd, env, windows }: VariableContext): string[] {
  const endings = windows ? ['', ...(env.PATHEXT ?? '.COM;.EXE;.BAT;.CMD').split(';')] : ['']
  const isPath = /[/\\]/.test(word) && (windows || word.includes('/'))
  const folders = isPath ? [''] : (env.PATH ?? env.Path ?? '').split(path.delimiter).filter(folder => folder !== '')
  return folders.flatMap(folder => endings.map(ending => path.resolve(cwd, folder, word + ending)))
}

export async function hasProgram(word: string, context: VariableContext): Promise<boolean> {
  for (const file of candidates(word, context)) if (await isProgram(file)) return true
  return false
}

/** A warning when there is no such program; a wrapper or a later installation may still make the command right. */
export async function checkProgram(word: string, context: VariableContext): Promise<Note | undefined> {
  if (await hasProgram(word, context)) return undefined
  const where = word.includes('/') ? path.resolve(context.cwd, word) : `${word} on the PATH`
  return { severity: 'warning', message: `There is no program ${where}.` }
}
