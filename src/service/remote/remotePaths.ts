// Which path of this machine is which one elsewhere, by the mapping of a queue: the longest folder that fits.
import path from 'node:path'

/** Folders here, and the same ones there. */
export type PathMapping = Readonly<Record<string, string>>

/** `undefined` for a path that is in none of the folders. */
export function mappedPath(given: string, mapping: PathMapping): string | undefined {
  const fitting = Object.keys(mapping)
    .map(folder => [folder, folder.replace(/[\\/]+$/, '')] as const)
    .filter(([, plain]) => given === plain || given.startsWith(`${plain}/`) || given.startsWith(`${plain}${path.sep}`))
    .sort(([, a], [, b]) => b.length - a.length)
  const [best] = fitting
  if (!best) return undefined
  const [folder, plain] = best
  const rest = given.slice(plain.length).split(path.sep).join('/')
  return `${(mapping[folder] as string).replace(/\/+$/, '')}${rest}` || '/'
}

/** A word of a command: a path is mapped, anything else stays. */
export function mappedWord(word: string, mapping: PathMapping): string {
  return path.isAbsolute(word) ? (mappedPath(word, mapping) ?? word) : word
}
