// Which arguments of an interpreter are code, a module or a file.

interface Interpreter {
  programs: RegExp
  /** The word after such an option is code. */
  code?: RegExp
  /** The word after such an option is something else, and no file of the job. */
  value?: RegExp
  /** The word after such an option is a module. */
  module?: RegExp
  /** The first word that is no option is code, unless an option has given it. */
  isFirstCode?: true
  /** The file after such an option holds the code. */
  codeFile?: RegExp
  isShell?: true
}

/** Names as they are without a folder and without `.exe`. */
const interpreters: readonly Interpreter[] = [
  { programs: /^(a|ba|c|da|fi|k|mk|tc|z)?sh$/, code: /^-[a-z]*c[a-z]*$/, value: /^[-+][a-z]*[oO]$/, isShell: true },
  { programs: /^(powershell|pwsh)$/, code: /^-(c|command|e|ec|encodedcommand)$/i, isShell: true },
  { programs: /^cmd$/, code: /^\/[ck]$/i, isShell: true },
  {
    programs: /^(i?python|pypy)[\d.]*w?$|^py$/,
    code: /^-[a-zA-Z]*c$/,
    value: /^-[WX]$/,
    module: /^-[a-zA-Z]*m$/,
  },
  {
    programs: /^(node|nodejs|bun|deno)$/,
    code: /^(-e|-p|-pe|--eval|--print|eval)$/,
    value: /^(-r|-C|--require|--import|--conditions|--env-file)$/,
  },
  { programs: /^(perl|ruby)[\d.]*$/, code: /^-[a-zA-Z\d.]*[eE]$/, value: /^-[Ir]$/ },
  { programs: /^(matlab)$/, code: /^-(batch|r)$/ },
  {
    programs:
      /^(Rscript|R|octave|octave-cli|julia|lua|luajit|php|osascript|groovy|scala|elixir|ghc|raku|tclsh|clojure)[\d.]*$/,
    code: /^(-e|-E|-r|--eval|--print)$/,
    value: /^(-l|-L)$/,
  },
  {
    programs: /^[gmn]?awk$/,
    code: /^(-e|--source)$/,
    value: /^(-F|-v|--assign|--field-separator)$/,
    codeFile: /^(-f|--file)$/,
    isFirstCode: true,
  },
  { programs: /^g?sed$/, code: /^(-[a-zA-Z]*e|--expression)$/, codeFile: /^(-[a-zA-Z]*f|--file)$/, isFirstCode: true },
  { programs: /^([jyx]q)$/, value: /^--(indent|tab)$/, codeFile: /^(-f|--from-file)$/, isFirstCode: true },
  {
    programs: /^([efz]?grep|rg|ag|ack)$/,
    code: /^(-[a-zA-Z]*e|--regexp)$/,
    value: /^-[ABCmgt]$/,
    codeFile: /^(-f|--file)$/,
    isFirstCode: true,
  },
]

const codeInOption = /^--(eval|print|expression|source|regexp|command)=/

/** Of a program, as it is without a folder. */
export function interpreterOf(program: string): Interpreter | undefined {
  const name = program.replace(/\.exe$/i, '')
  return interpreters.find(({ programs }) => programs.test(name))
}

export interface Parts {
  /** The first one. */
  code?: string
  module?: string
  /** Words that are neither, nor belong to the interpreter. */
  rest: readonly string[]
}

/** Separates code and modules from the other arguments of an interpreter. */
export function partsOf(interpreter: Interpreter, args: readonly string[]): Parts {
  const rest: string[] = []
  let code: string | undefined
  let needsCode = interpreter.isFirstCode ?? false
  for (let at = 0; at < args.length; at++) {
    const word = args[at] as string
    if (codeInOption.test(word)) {
      code ??= word.slice(word.indexOf('=') + 1)
      needsCode = false
    } else if (interpreter.code?.test(word)) {
      // `bash -c -e LINE`: options may follow before it.
      do at++
      while (interpreter.isShell && /^-./.test(args[at] ?? ''))
      code ??= args[at]
      needsCode = false
      if (!interpreter.isFirstCode) return withCode(code, [...rest, ...args.slice(at + 1)])
    } else if (interpreter.module?.test(word)) {
      const module = args[at + 1]
      return { ...(module !== undefined && { module }), rest: args.slice(at + 2) }
    } else if (interpreter.codeFile?.test(word)) {
      needsCode = false
    } else if (interpreter.value?.test(word)) {
      at++
    } else if (word.startsWith('-') && word !== '-') {
      rest.push(word)
    } else if (needsCode) {
      code = word
      needsCode = false
    } else if (interpreter.isFirstCode) {
      rest.push(word)
    } else {
      return { rest: args.slice(at) } // a script and its arguments
    }
  }
  return withCode(code, rest)
}

function withCode(code: string | undefined, rest: readonly string[]): Parts {
  return { ...(code !== undefined && { code }), rest }
}
