// Starts a runner through a launcher: words that connect stdin and stdout to a shell elsewhere.
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { Duplex, type Readable, type Writable } from 'node:stream'
import { LAUNCH_STEPS, launchMark, type RunnerHello } from '../../run/base/runnerHello'
import { reasonOf } from '../../run/base/startError'
import type { StartedRunner } from '../runners/runner'
import { type Kept, loginScript, MIN_NODE, type RunnerProgram } from './bootstrap'

/** From its start until the runner is ready; a slow host and a slow link need most of it. */
const LAUNCH_TIMEOUT_MS = 60_000
/** What may be printed before the first mark. */
const MAX_PREAMBLE_BYTES = 1024 * 1024
/** The end of stderr, for the sentence. */
const MAX_STDERR = 4096

export interface Launcher {
  words: readonly string[]
  /** A Node on the other side. */
  node?: string
  /** With the environment of a login shell. */
  loginShell?: boolean
  /** The runner there outlives its connections. */
  kept?: Kept
  /** Words that end what these started, when that outlives them. */
  end?: readonly string[]
  /** What it means that it ended and had printed this. */
  explain?(printed: string): string | undefined
}

/** A runner elsewhere, ready for jobs. */
export interface LaunchedRunner extends StartedRunner {
  readonly channel: Duplex
  readonly hello: RunnerHello
}

/** Why a runner could not be started, as a sentence. */
export class LaunchError extends Error {}

type Child = ChildProcessByStdio<Writable, Readable, Readable>

/** @throws LaunchError */
export async function launch(launcher: Launcher, program: RunnerProgram): Promise<LaunchedRunner> {
  const child = start(launcher.words)
  const nonce = randomBytes(8).toString('hex')
  const preamble = new Preamble(child, launchMark(nonce))
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-MAX_STDERR)
  })
  child.stdin.on('error', () => undefined) // it has ended, and says so
  try {
    if (launcher.loginShell) {
      child.stdin.write(loginScript(nonce))
      await preamble.next(() => stderr)
    }
    child.stdin.write(program.script({ nonce, node: launcher.node, kept: launcher.kept }))
    const asked = await preamble.next(() => stderr)
    if (asked.step === LAUNCH_STEPS.none) throw noNode(asked.rest)
    child.stdin.write(program.bytes)
    const { rest } = await preamble.next(() => stderr)
    child.once('close', () => endOf(launcher))
    return running(child, JSON.parse(rest) as RunnerHello)
  } catch (error) {
    child.kill('SIGKILL')
    endOf(launcher)
    const why = launcher.explain?.(stderr)
    if (why !== undefined) throw new LaunchError(why)
    throw error instanceof LaunchError ? error : new LaunchError(`What it sent was not understood: ${reasonOf(error)}.`)
  } finally {
    preamble.end()
  }
}

/** Mostly it is gone already, and nothing waits for it. */
function endOf({ end: [program, ...args] = [] }: Launcher): void {
  if (program === undefined) return
  spawn(program, args, { stdio: 'ignore', detached: true, windowsHide: true })
    .on('error', () => undefined)
    .unref()
}

function start(words: readonly string[]): Child {
  const [program = '', ...args] = withShell(words)
  return spawn(program, args, {
    // charliecloud does not start without a name
    env: { USER: process.env.LOGNAME ?? 'user', ...process.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    // not in our group: what is sent to the group of a terminal is for the service to handle
    detached: process.platform !== 'win32',
    windowsHide: true,
  })
}

/** The shell stands at the end, or where the words say. */
function withShell(words: readonly string[]): readonly string[] {
  const shell = '/bin/sh'
  if (!words.includes('%program%')) return [...words, shell]
  return words.flatMap(word => (word === '%program%' ? [shell] : word === '%arguments%' ? [] : [word]))
}

function running(child: Child, hello: RunnerHello): LaunchedRunner {
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

function noNode(found: string): LaunchError {
  const versions = found.trim() === '' ? '' : `; there is ${found.trim().split(/\s+/).join(', ')}`
  return new LaunchError(
    `There is no Node.js of version ${MIN_NODE} or later${versions}. Install one there, or name one in "node" of the queue.`,
  )
}

/** What comes before the messages of the runner: lines with the mark, and whatever others print. */
class Preamble {
  readonly #child: Child
  readonly #mark: string
  #text: Buffer = Buffer.alloc(0)
  #wake: (() => void) | undefined
  #why: string | undefined
  readonly #timer: NodeJS.Timeout
  readonly #onData = (chunk: Buffer): void => {
    this.#text = Buffer.concat([this.#text, chunk])
    if (this.#text.length > MAX_PREAMBLE_BYTES) this.#fail('It printed without end before it was ready.')
    this.#wake?.()
  }

  constructor(child: Child, mark: string) {
    this.#child = child
    this.#mark = mark
    child.stdout.on('data', this.#onData)
    child.on('error', error => this.#fail(`${child.spawnfile} could not be started: ${reasonOf(error)}.`))
    child.on('close', (code, signal) => this.#fail(`It ended ${signal ? `by ${signal}` : `with exit code ${code}`}.`))
    this.#timer = setTimeout(
      () => this.#fail(`It was not ready within ${LAUNCH_TIMEOUT_MS / 1000} seconds.`),
      LAUNCH_TIMEOUT_MS,
    )
  }

  #fail(why: string): void {
    this.#why ??= why
    this.#wake?.()
  }

  /** The next line with the mark. @param stderr what was printed there so far */
  async next(stderr: () => string): Promise<{ step: string; rest: string }> {
    for (;;) {
      const line = this.#take()
      if (line) return line
      if (this.#why !== undefined) throw new LaunchError(withLastLine(this.#why, stderr()))
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
  }

  #take(): { step: string; rest: string } | undefined {
    const begin = this.#text.indexOf(`\n${this.#mark} `)
    const end = begin < 0 ? -1 : this.#text.indexOf('\n', begin + 1)
    if (end < 0) return undefined
    const line = this.#text.toString('utf8', begin + this.#mark.length + 2, end)
    this.#text = this.#text.subarray(end + 1)
    const [, step = '', rest = ''] = /^(\S+) ?(.*)$/.exec(line) ?? []
    return { step, rest }
  }

  /** What follows is read by others. */
  end(): void {
    clearTimeout(this.#timer)
    const { stdout } = this.#child
    stdout.off('data', this.#onData)
    stdout.pause()
    if (this.#text.length > 0) stdout.unshift(this.#text)
  }
}

/** Programs such as ssh say the reason there. */
function withLastLine(why: string, stderr: string): string {
  const last = stderr.trim().split('\n').at(-1)?.trim()
  return last ? `${why} It printed last: ${last}` : why
}
