// A place without Node, as a host of others may be: a home folder, and some tools.
import { existsSync, mkdirSync, symlinkSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** What a shell needs there to take a Node, and what the jobs of tests are. */
const tools = ['cat', 'chmod', 'getconf', 'gzip', 'mkdir', 'mv', 'rm', 'sh', 'sleep', 'tr', 'true', 'uname']

/** A Node that is found wherever PATH leads would be everywhere. */
export const canBeBare = !existsSync('/usr/local/bin/node')

/** @returns the words of a launcher that leads there; it is in `home` and `tools` of the folder */
export function makeBarePlace(folder: string, some: readonly string[] = tools): string[] {
  const [home, path] = [join(folder, 'home'), join(folder, 'tools')]
  for (const made of [home, path]) mkdirSync(made, { recursive: true })
  for (const tool of some) symlinkSync(pathOf(tool), join(path, tool))
  return ['env', '-i', `PATH=${path}`, `HOME=${home}`]
}

/** Its file: a shell has some of its own as well. */
function pathOf(tool: string): string {
  const files = (process.env.PATH ?? '').split(delimiter).map(folder => join(folder, tool))
  const found = files.find(file => existsSync(file))
  if (found === undefined) throw new Error(`There is no ${tool} here.`)
  return found
}
