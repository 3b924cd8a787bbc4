// Which path of this machine is which one elsewhere, by the mapping of a queue: the longest folder that fits.
import path from 'node:path'

/** Folders here, and the same ones there. */
export type PathMapping = Readonly<Record<string, string>>

const isWindows = (platform: NodeJS.Platform) => platform === 'win32'

/** Windows does not distinguish case and slashes, and gives either. */
function isSame(one: string, other: string, platform: NodeJS.Platform): boolean {
  if (!isWindows(platform)) return one === other
  const plain = (text: string) => text.replaceAll('\\', '/').toLowerCase()
  return plain(one) === plain(other)
}

/** @returns what is behind the folder, with slashes; `undefined` of a path that is not in it */
function restIn(folder: string, given: string, platform: NodeJS.Platform): string | undefined {
  if (!isSame(given.slice(0, folder.length), folder, platform)) return undefined
  const rest = given.slice(folder.length)
  const slashed = isWindows(platform) ? rest.replaceAll('\\', '/') : rest
  return slashed === '' || slashed.startsWith('/') ? slashed : undefined
}

/** `undefined` for a path that is in none of the folders. */
export function mappedPath(given: string, mapping: PathMapping, platform = process.platform): string | undefined {
  const fitting = Object.entries(mapping).flatMap(([here, there]) => {
    const folder = here.replace(/[\\/]+$/, '')
    const rest = restIn(folder, given, platform)
    return rest === undefined ? [] : [{ folder, mapped: `${there.replace(/\/+$/, '')}${rest}` || '/' }]
  })
  return fitting.sort((a, b) => b.folder.length - a.folder.length)[0]?.mapped
}

/** A word of a command: a path is mapped, anything else stays. */
export function mappedWord(word: string, mapping: PathMapping, platform = process.platform): string {
  const { isAbsolute } = isWindows(platform) ? path.win32 : path.posix
  return isAbsolute(word) ? (mappedPath(word, mapping, platform) ?? word) : word
}
