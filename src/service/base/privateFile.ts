// Files that SQLite makes are readable by everybody where the user's mask allows that; ours are made before it does.
import { chmodSync, closeSync, existsSync, fstatSync, openSync } from 'node:fs'

/** Makes the file, empty, unless it is there, and takes it from all but its user. */
export function makePrivate(file: string): void {
  const fd = openSync(file, 'a', 0o600)
  try {
    if ((fstatSync(fd).mode & 0o077) !== 0) chmodSync(file, 0o600)
  } finally {
    closeSync(fd)
  }
}

/** The same for what is there. */
export function makePrivateIfThere(file: string): void {
  if (existsSync(file)) makePrivate(file)
}
