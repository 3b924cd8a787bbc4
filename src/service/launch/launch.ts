// Starts a runner through a launcher: words that connect stdin and stdout to a shell elsewhere.
import { Duplex } from 'node:stream'
import { LAUNCH_STEPS, type RunnerHello } from '../../run/base/runnerHello'
import type { StartedRunner } from '../runners/runner'
import { loginScript, MIN_NODE, type RunnerProgram } from './bootstrap'
import { fits, type OwnNode, ownNode } from './copiedNode'
import { LaunchError, type LaunchedChild, type Launcher, RemoteShell } from './remoteShell'

/** A runner elsewhere, ready for jobs. */
export interface LaunchedRunner extends StartedRunner {
  readonly channel: Duplex
  readonly hello: RunnerHello
}

/** There is no Node. */
class NoNodeError extends LaunchError {
  /** @param own what may be copied there, if that runs there */
  constructor(
    message: string,
    readonly own: OwnNode | undefined,
  ) {
    super(message)
  }
}

/** It can be reached, but what is to be there has gone, with all that it had. */
class GoneError extends LaunchError {}

/** All that lacks where a launch has failed. */
export interface Lacking {
  /** What may be copied there. */
  node?: OwnNode
  runner?: boolean
}

/** @param error of `launch` */
export function lackingOf(error: unknown): Lacking {
  if (error instanceof NoNodeError) return error.own ? { node: error.own } : {}
  return { runner: error instanceof GoneError }
}

/** @throws LaunchError */
export async function launch(launcher: Launcher, program: RunnerProgram): Promise<LaunchedRunner> {
  const shell = new RemoteShell(launcher)
  const { child, nonce } = shell
  try {
    if (launcher.loginShell) {
      shell.write(loginScript(nonce))
      await shell.next()
    }
    shell.write(program.script({ nonce, node: launcher.node, kept: launcher.kept }))
    const asked = await shell.next()
    if (asked.step === LAUNCH_STEPS.none) throw noNode(asked.rest, launcher)
    shell.write(program.bytes)
    const { rest, step } = await shell.next()
    if (step === LAUNCH_STEPS.gone) throw new GoneError(rest)
    if (step !== LAUNCH_STEPS.ready) throw new LaunchError(rest)
    return running(child, JSON.parse(rest) as RunnerHello)
  } catch (error) {
    throw shell.fail(error)
  } finally {
    shell.release()
  }
}

function running(child: LaunchedChild, hello: RunnerHello): LaunchedRunner {
  const channel = Duplex.from({ readable: child.stdout, writable: child.stdin })
  return {
    hello,
    name: `The runner on ${hello.host} (process ${child.pid})`,
    hasProcess: true,
    channel,
    failed: new Promise(() => undefined),
    mayBeSilent: false,
    giveUp() {
      child.kill('SIGKILL')
      channel.destroy()
    },
  }
}

/** @param said by the shell there: its system, its machine, its glibc, and the versions of what it found */
function noNode(said: string, { keepsHome }: Launcher): NoNodeError {
  const [system = '', machine = '', glibc = '', ...versions] = said.trim().split(/\s+/)
  const own = keepsHome ? ownNode() : undefined
  const copied = own && fits(own, { system, machine, glibc }) ? own : undefined
  const there = versions.length === 0 ? '' : `; there is ${versions.join(', ')}`
  const copy = copied ? ', or let “Test Queue…” copy this one there' : ''
  return new NoNodeError(
    `There is no Node.js of version ${MIN_NODE} or later${there}. Install one there, or name one in "node" of the queue${copy}.`,
    copied,
  )
}
