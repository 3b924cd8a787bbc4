// How Windows programs read their command line.

/** One argument in quotes, as the C runtime splits a command line: backslashes count only before a quote. */
export function quoteArgument(argument: string): string {
  return `"${argument.replace(/(\\*)"/g, '$1$1\\"').replace(/(\\*)$/, '$1$1')}"`
}
