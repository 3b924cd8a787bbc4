// The end of a folder while other threads of this process may still remove or write something in it.
import { rmdirSync, rmSync } from 'node:fs'

const ATTEMPTS = 10

/** Never throws: what cannot be removed is left. */
export function removeFolder(folder: string): void {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    try {
      rmSync(folder, { recursive: true, force: true })
      return
    } catch {
      // something in it has just gone, or has just come
    }
  }
}

/** Left where others have something in it. */
export function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder)
  } catch {
    // it is in use
  }
}
