// What the files of a saved result are called.
import { basename } from 'node:path'
import { cutBytes } from '../../core/base/cut'
import type { Path } from '../../core/values/arrays'

/** Together, with a number and an ending, they stay below the 255 bytes that file systems allow. */
const MAX_NAME_BYTES = 150
const MAX_PLACE_BYTES = 60

// biome-ignore lint/suspicious/noControlCharactersInRegex: they cannot be in file names
const notInFileNames = /[<>:"/\\|?*\s\x00-\x1f]+/g

/** Without an ending, for a job of this name. */
export function resultName(jobName: string): string {
  return fileNamePart(basename(jobName), MAX_NAME_BYTES) || 'job'
}

/**
 * Endings for the files of a value's arrays, all different, also where upper and lower case are the same: `.volume.npy`,
 * `.images.0.npy`; `.npy` when the value is an array.
 * @param places where they are in the value
 */
export function arrayEndings(places: readonly Path[]): string[] {
  const used = new Set<string>()
  return places.map(place => {
    const keys = place.length === 0 ? '' : `.${fileNamePart(place.join('.'), MAX_PLACE_BYTES) || '_'}`
    for (let n = 1; ; n++) {
      const ending = `${keys}${n === 1 ? '' : `-${n}`}.npy`
      if (used.has(ending.toLowerCase())) continue
      used.add(ending.toLowerCase())
      return ending
    }
  })
}

/** Characters that file systems do not allow are replaced; a name that is too long is cut between two characters. */
function fileNamePart(text: string, maxBytes: number): string {
  return cutBytes(text.replace(notInFileNames, '_'), maxBytes)
}
