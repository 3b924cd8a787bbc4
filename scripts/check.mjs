// Checks types (tsc), formatting and lint (Biome), both at once.
import { join } from 'node:path'
import { isMain, root, runQuietly } from './lib/processes.mjs'
import { enterProjectNode } from './setup.mjs'

const checks = [
  ['types', join('typescript', 'bin', 'tsc'), ['--noEmit', '--pretty', 'false', '-p', '.']],
  ['formatting and lint', join('@biomejs', 'biome', 'bin', 'biome'), ['check', '--colors=off']],
]

/** Says what is wrong, and returns the names of the checks that failed. */
export async function check() {
  const results = await Promise.all(
    checks.map(async ([name, tool, args]) => {
      try {
        await runQuietly(process.execPath, [join(root, 'node_modules', tool), ...args])
        return { name, failed: false, line: `${name}: fine` }
      } catch (error) {
        return { name, failed: true, line: `${name}: wrong\n${error.message}` }
      }
    }),
  )
  for (const { line } of results) console.log(line)
  return results.filter(result => result.failed).map(result => result.name)
}

if (isMain(import.meta.url)) {
  await enterProjectNode()
  process.exitCode = (await check()).length > 0 ? 1 : 0
}
