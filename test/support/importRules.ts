// Who in src/ may import what. The folder shows in which process a file runs, its room what it is about; both are kept
// apart by the order in which they are written here.
import { posix } from 'node:path'

interface Process {
  /** Its rooms and the files beside them, without their extension: each may import itself and those before it. */
  readonly rooms: readonly string[]
  /** Of other processes: whole processes, or rooms or files of one. */
  readonly uses: readonly string[]
  readonly packages: readonly string[]
  /** Whether it may import values of api.ts; types may be imported everywhere. */
  readonly apiValues?: true
  /** Whether Node's own modules may be imported, and which of them only in one file. */
  readonly node: boolean
  readonly onlyIn?: Readonly<Record<string, string>>
}

/** The folders of src/ in import order, and the rooms in each. ARCHITECTURE.md shows the same table. */
export const processes: Readonly<Record<string, Process>> = {
  core: {
    rooms: ['base', 'values', 'jobs', 'timeline', 'protocol', 'handshake', 'pages'],
    uses: [],
    packages: ['@vscode/l10n', 'valibot', 'vscode-jsonrpc'],
    node: false,
  },
  run: {
    rooms: ['base', 'os', 'process', 'output', 'job', 'worker', 'runner', 'main'],
    uses: ['core'],
    packages: [],
    node: true,
  },
  service: {
    rooms: [
      ...[
        'base',
        'store',
        'state',
        'jobs',
        'runners',
        'launch',
        'files',
        'remote',
        'slurm',
        'slurmJobs',
        'elsewhere',
        'pools',
        'scheduling',
        'sessions',
        'views',
        'timeline',
        'history',
        'lifecycle',
      ],
      ...['jobService', 'server', 'main'],
    ],
    uses: ['core', 'run'],
    packages: ['p-queue', 'vscode-jsonrpc/node'],
    node: true,
  },
  client: {
    rooms: ['base', 'values', 'connection', 'handlers', 'jobs', 'api'],
    uses: ['core', ...['paths', 'moveAside', 'leftWork', 'proof'].map(file => `service/base/${file}`)],
    apiValues: true,
    packages: ['@vscode/l10n', 'vscode-jsonrpc/node'],
    node: true,
    // A window's process is large, and starting processes from it blocks the editor.
    onlyIn: { 'node:child_process': 'client/connection/startService.ts' },
  },
  extension: {
    rooms: [
      'l10n',
      ...['settings', 'text', 'quickInput', 'outputs', 'views', 'timeline'],
      ...[
        'commands/common',
        'commands/submit',
        'commands/files',
        'commands/jobs',
        'commands/timeline',
        'commands/service',
        'commands',
      ],
      'extension',
    ],
    uses: ['core', 'client', 'service/base/secrets'],
    apiValues: true,
    packages: ['@vscode/l10n', 'valibot', 'vscode'],
    node: true,
    onlyIn: { 'node:child_process': 'nowhere' },
  },
  webview: {
    rooms: ['l10n', 'frame', 'text', 'lists', 'tree', 'timeline', 'pages', 'main'],
    uses: ['core'],
    packages: ['@vscode/l10n', 'anser', 'lit-html', 'valibot'],
    node: false,
  },
}

/** A statement at the start of a line, or a call anywhere. */
const STATEMENT = /^(?:import|export)\b(?<type>\s+type\b(?!\s*,))?(?:[^'"`;]*?\bfrom)?\s*['"](?<from>[^'"]+)['"]/gm
const CALL = /\b(?:import|require)\s*\(\s*['"`](?<from>[^'"`]+)['"`]/g

/**
 * What is forbidden in a file, one sentence each. Types count as imports.
 * @param file path below src/, with slashes
 */
export function forbiddenImports(file: string, source: string): string[] {
  if (file === 'api.ts') return importsOf(source).map(({ from }) => `api.ts must not import ${from}.`)
  const name = file.split('/')[0] ?? ''
  const process = processes[name]
  if (!process) return [`${file}: there is no rule for the folder ${name}.`]
  const room = roomOf(process, inside(name, file.replace(/\.ts$/, '')))
  if (room === undefined) return [`${file} stands in no room.`]
  return importsOf(source)
    .filter(found => !isAllowed(file, name, process, room, found))
    .map(({ from }) => `${file} must not import ${from}.`)
}

/**
 * Files that import each other in a circle, one sentence a circle; none when there is none. Types count as imports.
 * @param sources by path below src/, with slashes
 */
export function importCircles(sources: ReadonlyMap<string, string>): string[] {
  const targets = new Map<string, string[]>()
  for (const [file, source] of sources) targets.set(file, localTargets(file, source, sources))
  const done = new Set<string>()
  const circles: string[] = []
  const visit = (file: string, path: readonly string[]): void => {
    const at = path.indexOf(file)
    if (at >= 0) circles.push(`${[...path.slice(at), file].join(' imports ')}.`)
    if (at >= 0 || done.has(file)) return
    for (const target of targets.get(file) ?? []) visit(target, [...path, file])
    done.add(file)
  }
  for (const file of sources.keys()) visit(file, [])
  return circles
}

interface Import {
  from: string
  typeOnly: boolean
}

function importsOf(source: string): Import[] {
  const statements = [...source.matchAll(STATEMENT)].map(match => ({
    from: match.groups?.from ?? '',
    typeOnly: match.groups?.type !== undefined,
  }))
  const calls = [...source.matchAll(CALL)].map(match => ({ from: match.groups?.from ?? '', typeOnly: false }))
  return [...statements, ...calls]
}

function localTargets(file: string, source: string, sources: ReadonlyMap<string, string>): string[] {
  return importsOf(source)
    .filter(({ from }) => from.startsWith('.'))
    .map(({ from }) => `${posix.join(posix.dirname(file), from)}.ts`)
    .filter(target => sources.has(target))
}

function inside(folder: string, path: string): string {
  return path.slice(folder.length + 1)
}

/** The place in the order of the room that a path lies in: the longest that fits. */
function roomOf({ rooms }: Process, path: string): number | undefined {
  const fitting = rooms.filter(room => path === room || path.startsWith(`${room}/`))
  const room = fitting.sort((a, b) => b.length - a.length)[0]
  return room === undefined ? undefined : rooms.indexOf(room)
}

function isAllowed(file: string, name: string, process: Process, room: number, { from, typeOnly }: Import): boolean {
  if (from.startsWith('node:')) return process.node && (process.onlyIn?.[from] ?? file) === file
  if (!from.startsWith('.'))
    return process.packages.some(known => from === known || (known === 'lit-html' && from.startsWith('lit-html/')))
  const target = posix.join(posix.dirname(file), from)
  if (target === 'api') return typeOnly || process.apiValues === true
  if (target.startsWith(`${name}/`)) return (roomOf(process, inside(name, target)) ?? Number.POSITIVE_INFINITY) <= room
  return process.uses.some(used => target === used || target.startsWith(`${used}/`))
}
