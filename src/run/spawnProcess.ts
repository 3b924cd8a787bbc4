// The one call of `spawn`. In the job service, which is small: `spawn` blocks for as long as copying the page tables of
// its process takes.
import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process'
import type { Program } from './program'

/** A child that has a pid, or the reason why there is none: thrown at once or as a rejection, as `spawn` has it. */
export function spawnProcess(
  program: Program,
  cwd: string,
  env: Readonly<Record<string, string>>,
  stdio: StdioOptions,
): (ChildProcess & { pid: number }) | Promise<never> {
  const child = spawn(program.file, program.args, {
    cwd,
    env,
    stdio,
    // A process group and session of its own, to be signalled as a whole. On Windows a detached child would outlive a
    // crashed service.
    detached: process.platform !== 'win32',
    windowsHide: true,
    windowsVerbatimArguments: program.verbatim,
  })
  if (hasPid(child)) return child
  return new Promise((_, reject) => child.once('error', reject))
}

function hasPid(child: ChildProcess): child is ChildProcess & { pid: number } {
  return child.pid !== undefined
}
