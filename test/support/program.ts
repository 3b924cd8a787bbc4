// A server that a test starts: ready when it reports that, and gone with all its children when it is stopped.
import { spawn, spawnSync } from 'node:child_process'
import { until } from './until'

export interface Program {
  /** What matched in its output when it was ready. */
  readonly ready: RegExpExecArray
  /** What it has printed so far. */
  output(): string
  hasEnded(): boolean
  /** Ends it and every process of its group; resolves when it is gone. */
  stop(): Promise<void>
}

const START_LIMIT_MS = 60_000
const STOP_LIMIT_MS = 5000

/** Starts a program and waits until its output matches `ready`. */
export async function startProgram(
  command: readonly [string, ...string[]],
  options: { cwd: string; env: NodeJS.ProcessEnv; ready: RegExp },
): Promise<Program> {
  const [file, ...args] = command
  // A group of its own, so that what it starts can be ended with it.
  const child = spawn(file, args, {
    cwd: options.cwd,
    env: options.env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  let ended: string | undefined
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', text => {
      output += text
    })
  }
  child.on('error', error => {
    ended = error.message
  })
  child.on('exit', (code, signal) => {
    ended = `it ended with ${signal ?? code}`
    process.off('exit', kill)
  })
  const kill = (signal: NodeJS.Signals | number = 'SIGKILL') => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, typeof signal === 'number' ? 'SIGKILL' : signal)
    } catch {
      // the group is gone
    }
  }
  process.on('exit', kill)
  const stop = async () => {
    kill('SIGTERM')
    await until(() => ended, STOP_LIMIT_MS, `the end of ${file}`).catch(() => undefined)
    kill('SIGKILL')
    await until(() => ended, STOP_LIMIT_MS, `the forced end of ${file}`)
    process.off('exit', kill)
  }
  try {
    await until(() => ended ?? options.ready.test(output), START_LIMIT_MS, `${file} to be ready`)
    const ready = options.ready.exec(output)
    if (!ready) throw new Error(`${file} is not there: ${ended}.`)
    return { ready, output: () => output, hasEnded: () => ended !== undefined, stop }
  } catch (error) {
    await stop()
    throw new Error(`${(error as Error).message} It printed:\n${output}`, { cause: error })
  }
}

/** Whether it is on PATH and runs. */
export function hasProgram(program: string): boolean {
  return spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0
}
