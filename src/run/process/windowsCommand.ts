// Command lines of Windows: quoting for cmd.exe and endings of program names. Pure.

/** CreateProcess takes no longer a command line (characters). */
export const MAX_WINDOWS_COMMAND_LINE = 32_767

const defaultPathExt = '.COM;.EXE;.BAT;.CMD'

/** The file names to try for a program: only its own when it has an ending of PATHEXT, else with each of them first. */
export function withPathExt(program: string, pathExt: string | undefined): string[] {
  const endings = (pathExt || defaultPathExt).split(';').filter(ending => ending.startsWith('.'))
  const lower = program.toLowerCase()
  if (endings.some(ending => lower.endsWith(ending.toLowerCase()))) return [program]
  return [...endings.map(ending => program + ending.toLowerCase()), program]
}

/** Batch files are run by cmd.exe; CreateProcess refuses them. */
export function isBatchFile(file: string): boolean {
  return /\.(cmd|bat)$/i.test(file)
}

/** One argument in quotes, as the C runtime splits a command line: backslashes count only before a quote. */
export function quoteArgument(argument: string): string {
  return `"${argument.replace(/(\\*)"/g, '$1$1\\"').replace(/(\\*)$/, '$1$1')}"`
}

const cmdMetaCharacters = /[()\][%!^"`<>&|;, *?]/g

/**
 * The arguments of cmd.exe that run a batch file with these words; to be passed on verbatim.
 * Carets are doubled for the words, because a batch file's `%*` is parsed by cmd.exe a second time.
 */
export function batchArguments(file: string, words: readonly string[]): string[] {
  const program = file.replace(cmdMetaCharacters, '^$&')
  const rest = words.map(word =>
    quoteArgument(word).replace(cmdMetaCharacters, '^$&').replace(cmdMetaCharacters, '^$&'),
  )
  return ['/d', '/s', '/c', `"${[program, ...rest].join(' ')}"`]
}

/** The arguments of cmd.exe that run a line, to be passed on verbatim. */
export function cmdLineArguments(line: string): string[] {
  return ['/d', '/s', '/c', `"${line}"`]
}
