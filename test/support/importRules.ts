// Which folder of src/ may import what. The folder says in which process a file runs, so this keeps the processes apart.
import { posix } from 'node:path'

interface Rule {
  /** Folders (ending in a slash) and files of src/, without their extension. */
  readonly own: readonly string[]
  readonly packages: readonly string[]
  /** Whether Node's own modules may be imported, and which of them only in one file. */
  readonly node: boolean
  readonly onlyIn?: Readonly<Record<string, string>>
}

/** By folder of src/. Besides, every file may import the types of api.ts. */
const rules: Readonly<Record<string, Rule>> = {
  'api.ts': { own: [], packages: [], node: false },
  core: { own: ['core/'], packages: ['vscode-jsonrpc'], node: false },
  run: { own: ['run/', 'core/'], packages: [], node: true },
  service: { own: ['service/', 'core/', 'run/'], packages: ['p-queue', 'vscode-jsonrpc/node'], node: true },
  extension: {
    own: ['extension/', 'core/', 'api', 'service/paths', 'service/moveAside'],
    packages: ['vscode', 'vscode-jsonrpc/node'],
    node: true,
    // A window's process is large, and starting processes from it blocks the editor.
    onlyIn: { 'node:child_process': 'extension/startService.ts' },
  },
  webview: { own: ['webview/', 'core/'], packages: ['lit-html'], node: false },
}

/** A statement at the start of a line, or a call anywhere. */
const STATEMENT = /^(?:import|export)\b(?<type>\s+type\b(?!\s*,))?(?:[^'"`;]*?\bfrom)?\s*['"](?<from>[^'"]+)['"]/gm
const CALL = /\b(?:import|require)\s*\(\s*['"`](?<from>[^'"`]+)['"`]/g

/**
 * What is forbidden in a file, one sentence each.
 * @param file path below src/, with slashes
 */
export function forbiddenImports(file: string, source: string): string[] {
  const folder = file.split('/')[0] ?? ''
  const rule = rules[folder]
  if (!rule) return [`${file}: there is no rule for the folder ${folder}.`]
  return importsOf(source)
    .filter(({ from, typeOnly }) => !isAllowed(file, rule, from, typeOnly))
    .map(({ from }) => `${file} must not import ${from}.`)
}

function importsOf(source: string): { from: string; typeOnly: boolean }[] {
  const statements = [...source.matchAll(STATEMENT)].map(match => ({
    from: match.groups?.from ?? '',
    typeOnly: match.groups?.type !== undefined,
  }))
  const calls = [...source.matchAll(CALL)].map(match => ({ from: match.groups?.from ?? '', typeOnly: false }))
  return [...statements, ...calls]
}

function isAllowed(file: string, rule: Rule, from: string, typeOnly: boolean): boolean {
  if (from.startsWith('.')) {
    const target = posix.join(posix.dirname(file), from)
    if (target === 'api' && typeOnly && file !== 'api.ts') return true
    return rule.own.some(own => (own.endsWith('/') ? target.startsWith(own) : target === own))
  }
  if (from.startsWith('node:')) return rule.node && (rule.onlyIn?.[from] ?? file) === file
  return rule.packages.some(name => from === name || (name === 'lit-html' && from.startsWith('lit-html/')))
}
