// Starts the tools that the scripts use. Runs in Node 20 without any dependency.
import { spawn } from 'node:child_process'
import { accessSync, constants, realpathSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/** Whether a module is the script that was started, not one that is imported by it. */
export const isMain = moduleUrl =>
  process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(moduleUrl)

/** Lines of a quiet tool's output that are shown when it fails. */
const SHOWN_LINES = 200

/**
 * Runs a program in the project's folder to its end, its output shown as it comes.
 * @returns its exit code; 128 when a signal ended it
 */
export function run(program, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: root, stdio: 'inherit', ...shellFor(program), ...options })
    const stop = signal => child.kill(signal)
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
    // A signal of the terminal reaches the child as well: wait for its end instead of ending before it.
    for (const signal of signals) process.on(signal, stop)
    child.on('error', reject)
    child.on('close', code => {
      for (const signal of signals) process.off(signal, stop)
      resolve(code ?? 128)
    })
  })
}

/** Runs a talkative program; its output is shown only when it fails, and then it throws. */
export async function runQuietly(program, args, options = {}) {
  const lines = []
  const child = spawn(program, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...shellFor(program),
    ...options,
  })
  child.stdout.on('data', data => lines.push(data))
  child.stderr.on('data', data => lines.push(data))
  const ended = await new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve(code === 0 ? undefined : (signal ?? `exit code ${code}`)))
  })
  const output = Buffer.concat(lines).toString()
  if (ended === undefined) return output
  const shown = output.trimEnd().split('\n').slice(-SHOWN_LINES).join('\n')
  throw new Error(`${program} ${args.join(' ')} ended with ${ended}:\n${shown}`)
}

/** The path of the first of these programs that is on PATH. */
export function findOnPath(...names) {
  const suffixes = process.platform === 'win32' ? ['.exe', '.cmd'] : ['']
  for (const name of names) {
    for (const folder of (process.env.PATH ?? '').split(delimiter).filter(Boolean)) {
      for (const suffix of suffixes) {
        const file = join(folder, name + suffix)
        try {
          accessSync(file, constants.X_OK)
          return file
        } catch {
          // not in this folder
        }
      }
    }
  }
}

/** Windows starts `.cmd` files, of which npm is one, only through its shell. */
function shellFor(program) {
  return process.platform === 'win32' && !program.endsWith('.exe') ? { shell: true } : {}
}
