// Starts the process of a job. Only a small process should do that: `spawn` blocks for as long as copying its page tables
// takes.
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync } from 'node:fs'
import type { Readable, Writable } from 'node:stream'
import { RealTimeSignal } from '../os/realTimeSignal'
import { type OutputPipe, openOutputPipe } from './pipes'
import type { Program } from './program'

/** As `spawn` has it; a number is an open file. */
export type Stdio = 'pipe' | 'ignore' | number
/** stdin, stdout, stderr. */
export type ThreeStdio = readonly [Stdio, Stdio, Stdio]

/** Our ends of its pipes. */
export interface ChildStreams {
  readonly stdin: Writable | null
  readonly stdout: Readable | null
  readonly stderr: Readable | null
}

export interface Child extends ChildStreams {
  readonly pid: number
  onExit(listener: (code: number | null, signal: string | null) => void): void
  /** It has ended, and its outputs have been read to their ends: no process has them open any more. */
  onClose(listener: () => void): void
  /** Outputs that have not been read to their ends. */
  openOutputs(): OpenOutput[]
}

export interface OpenOutput {
  readonly name: 'stdout' | 'stderr'
  /** Its link in /proc, where that is known. */
  readonly link: string | undefined
}

/** A child, or the reason why there is none: thrown at once or as a rejection, as `spawn` does. */
export function spawnProcess(
  program: Program,
  cwd: string,
  env: Readonly<Record<string, string>>,
  stdio: ThreeStdio,
): Child | Promise<never> {
  const pipes: (OutputPipe | undefined)[] = [undefined]
  try {
    for (const output of stdio.slice(1)) pipes.push(output === 'pipe' ? openOutputPipe() : undefined)
    const child = spawn(program.file, program.args, {
      cwd,
      env,
      stdio: stdio.map((kind, i) => pipes[i]?.writeFd ?? kind),
      // A process group and session of its own, to be signalled as a whole. On Windows a detached child would outlive a
      // crashed service.
      detached: process.platform !== 'win32',
      windowsHide: true,
      windowsVerbatimArguments: program.verbatim,
    })
    if (hasPid(child)) return follow(child, pipes)
    discard(pipes)
    return new Promise((_, reject) => child.once('error', reject))
  } catch (error) {
    discard(pipes)
    throw error
  } finally {
    for (const pipe of pipes) if (pipe) closeSync(pipe.writeFd)
  }
}

function discard(pipes: readonly (OutputPipe | undefined)[]): void {
  for (const pipe of pipes) pipe?.reader.once('close', pipe.release).destroy()
}

function hasPid(child: ChildProcess): child is ChildProcess & { pid: number } {
  return child.pid !== undefined
}

function follow(child: ChildProcess & { pid: number }, pipes: readonly (OutputPipe | undefined)[]): Child {
  const { stdin } = child
  const stdout = pipes[1]?.reader ?? child.stdout
  const stderr = pipes[2]?.reader ?? child.stderr
  const { promise: closed, resolve } = Promise.withResolvers<void>()
  let open = 1 // the process itself
  const realTimeSignal = new RealTimeSignal(child.pid)
  const end = () => {
    if (--open > 0) return
    for (const pipe of pipes) pipe?.release()
    resolve()
  }
  for (const output of [stdout, stderr]) {
    if (!output) continue
    open++
    output.once('end', () => realTimeSignal.check())
    output.once('close', end)
  }
  child.on('error', () => undefined)
  child.once('exit', end)
  return {
    pid: child.pid,
    stdin,
    stdout,
    stderr,
    onExit: listener =>
      void child.once('exit', (code, signal) =>
        realTimeSignal.name === undefined ? listener(code, signal) : listener(null, realTimeSignal.name),
      ),
    onClose: listener => void closed.then(listener),
    openOutputs: () => [
      ...(stdout && !stdout.destroyed ? [{ name: 'stdout', link: pipes[1]?.link } as const] : []),
      ...(stderr && !stderr.destroyed ? [{ name: 'stderr', link: pipes[2]?.link } as const] : []),
    ],
  }
}
