// Which job service this is among all that reach the same host or cluster: that of another machine has a folder of the same name, mostly,
// and must not take what runs there for its own.
import { randomUUID } from 'node:crypto'
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { thisMachine } from '../base/machineId'
import { isFolder, moveAside } from '../base/moveAside'

/**
 * The same for every job service of a state folder, on this machine.
 * @param file where it is kept; made when there is none, or none that can be read
 */
export function installationId(file: string): string {
  return `${thisMachine().id} ${read(file) ?? make(file)}`
}

function read(file: string): string | undefined {
  try {
    return /^[0-9a-f-]{36}$/.exec(readFileSync(file, 'utf8').trim())?.[0]
  } catch {
    return undefined
  }
}

/** Where it cannot be kept, as on a full disk, the name of the file stands for it. */
function make(file: string): string {
  const id = randomUUID()
  const part = `${file}.${process.pid}`
  try {
    if (isFolder(file)) moveAside(file)
    writeFileSync(part, id, { mode: 0o600 })
    renameSync(part, file)
    return id
  } catch (error) {
    console.error(`${file} could not be written:`, error)
    rmSync(part, { force: true })
    return file
  }
}
