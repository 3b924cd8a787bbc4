// Checks types (tsc), formatting and lint (Biome), both at once.
import { join } from 'node:path'
import { isMain, root, runQuietly } from './lib/processes.mjs'
import { enterProjectNode } from './setup.mjs'

const checks = [
  ['types', join('typescript', 'bin', 'tsc'), ['--noEmit', '--pretty', 'false', '-p', '.']],
  ['formatting and lint', join('@biomejs', 'biome', 'bin', 'biome'), ['check', '--colors=off']],
]

/** Prints what is wrong, and returns how many checks passed and which failed. */
export async function check(print = text => process.stdout.write(text)) {
  const results = await Promise.all(
    checks.map(async ([name, tool, args]) => {
      try {
        await runQuietly(process.execPath, [join(root, 'node_modules', tool), ...args])
        return { name }
      } catch (error) {
        return { name, message: error.message }
      }
    }),
  )
  for (const { name, message } of results) print(message ? `${name}: wrong\n${message}\n` : `${name}: fine\n`)
  const failures = results.filter(result => result.message)
  return { passed: results.length - failures.length, failures }
}

if (isMain(import.meta.url)) {
  await enterProjectNode()
  process.exitCode = (await check()).failures.length > 0 ? 1 : 0
}
