// Keeps every core busy beside what is measured or tested. One spinning process a core, which ends with whoever has
// started it, also when that is killed: its stdin ends then.
import { spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'

/** Spins, but for a look at its stdin every so often. */
const SPIN = `
process.stdin.on('end', () => process.exit()).on('error', () => process.exit()).resume()
function spin() {
  const end = performance.now() + 100
  while (performance.now() < end) {}
  setImmediate(spin)
}
spin()
`

/**
 * Starts the load.
 * @returns what ends it; resolves when all of it is gone
 */
export function keepCoresBusy(count = availableParallelism()) {
  const spinning = Array.from({ length: count }, () =>
    spawn(process.execPath, ['-e', SPIN], { stdio: ['pipe', 'ignore', 'inherit'] }),
  )
  const gone = spinning.map(child => new Promise(resolve => child.on('close', resolve).on('error', resolve)))
  return async () => {
    for (const child of spinning) child.kill('SIGKILL')
    await Promise.all(gone)
  }
}
