// Command lines of Windows: quoting for cmd.exe.
import { quoteWindowsArgument } from '../../core/base/quoting'

/** CreateProcess takes no longer a command line (characters). */
export const MAX_WINDOWS_COMMAND_LINE = 32_767

/** Batch files are run by cmd.exe; CreateProcess refuses them. */
export function isBatchFile(file: string): boolean {
  return /\.(cmd|bat)$/i.test(file)
}

const cmdMetaCharacters = /[()\][%!^"`<>&|;, *?]/g

/**
 * The arguments of cmd.exe that run a batch file with these words; to be passed on verbatim.
 * Carets are doubled for the words, because a batch file's `%*` is parsed by cmd.exe a second time.
 */
export function batchArguments(file: string, words: readonly string[]): string[] {
  const program = file.replace(cmdMetaCharacters, '^$&')
  const rest = words.map(word =>
    quoteWindowsArgument(word).replace(cmdMetaCharacters, '^$&').replace(cmdMetaCharacters, '^$&'),
  )
  return ['/d', '/s', '/c', `"${[program, ...rest].join(' ')}"`]
}

/** The arguments of cmd.exe that run a line, to be passed on verbatim. */
export function cmdLineArguments(line: string): string[] {
  return ['/d', '/s', '/c', `"${line}"`]
}
