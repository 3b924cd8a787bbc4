// Starts a runner on this machine, from the bundle beside that of the service.
import { type ChildProcess, spawn } from 'node:child_process'
import type { Socket } from 'node:net'
import { dirname, join } from 'node:path'
import { CHANNEL_FD } from '../../run/base/runnerProtocol'
import { isInspected, runnerFlags } from './inspect'
import type { StartedRunner } from './runner'

/**
 * @param number from 1, for the port of a debugger
 * @param output where it prints
 */
export function startRunner(number: number, output: number | 'inherit'): StartedRunner {
  const flags = runnerFlags(process.execArgv, number)
  const program = join(dirname(process.argv[1] ?? ''), 'runner.cjs')
  const child: ChildProcess = spawn(process.execPath, [...flags, program], {
    stdio: ['ignore', output, output, 'pipe'],
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
    // Not in our group: what is sent to the group of a terminal is for the service to handle.
    detached: process.platform !== 'win32',
    windowsHide: true,
  })
  const channel = child.stdio?.[CHANNEL_FD] as Socket | undefined // none when there are no file descriptors left
  return {
    name: `Runner ${child.pid}`,
    hasProcess: child.pid !== undefined,
    channel,
    failed: new Promise(resolve => {
      child.on('error', error => {
        if (child.pid === undefined) resolve(error.message)
      })
    }),
    mayBeSilent: isInspected(flags),
    giveUp() {
      child.kill('SIGKILL')
      channel?.destroy() // a process that is blocked in the kernel does not end, and is not waited for
    },
  }
}
