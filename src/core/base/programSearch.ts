// Where the first word of a command is looked for as a program: one rule for the check while a command is typed and for
// its start.

const DEFAULT_PATHEXT = '.COM;.EXE;.BAT;.CMD'
/** What execvp searches when there is no PATH. */
const DEFAULT_PATH = '/bin:/usr/bin'

type Env = Readonly<Record<string, string | undefined>>

/** Windows keeps names of variables in any case. */
function spellingsOf(env: Env, name: string, windows: boolean): string[] {
  return windows ? Object.keys(env).filter(other => other.toUpperCase() === name.toUpperCase()) : [name]
}

export function environmentValue(env: Env, name: string, windows: boolean): string | undefined {
  const [spelling = name] = spellingsOf(env, name, windows)
  const value = env[spelling]
  return typeof value === 'string' ? value : undefined // `constructor` is a name, too
}

export function removeVariable(env: Record<string, string>, name: string, windows: boolean): void {
  for (const spelling of spellingsOf(env, name, windows)) delete env[spelling]
}

/** Whether the word is a path; any other is looked for in the folders of PATH. */
export function isProgramPath(word: string, windows: boolean): boolean {
  return word.includes('/') || (windows && word.includes('\\'))
}

/** The file names to try for a program: as it is when it has an ending, else with each of PATHEXT. */
export function withPathExt(program: string, pathExt: string | undefined): string[] {
  const endings = (pathExt || DEFAULT_PATHEXT).split(';').filter(ending => ending.startsWith('.'))
  const lower = program.toLowerCase()
  if (endings.some(ending => lower.endsWith(ending.toLowerCase()))) return [program]
  return [...endings.map(ending => program + ending.toLowerCase()), program]
}

/** In the order of the search: a folder, which may be relative to the working folder, and a path from there. */
export function programCandidates(word: string, env: Env, windows: boolean): [folder: string, name: string][] {
  const path = environmentValue(env, 'PATH', windows) ?? (windows ? '' : DEFAULT_PATH)
  const folders = isProgramPath(word, windows) ? ['.'] : path.split(windows ? ';' : ':')
  const names = windows ? withPathExt(word, environmentValue(env, 'PATHEXT', windows)) : [word]
  return folders.flatMap(folder => names.map((name): [string, string] => [folder, name]))
}
