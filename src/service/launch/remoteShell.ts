// A shell elsewhere, reached through the words of a launcher: it is sent scripts, and answers in lines with a mark.
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import type { Readable, Writable } from 'node:stream'
import { launchMark } from '../../run/base/runnerHello'
import { reasonOf } from '../../run/base/startError'
import type { Kept } from './bootstrap'

/** From its start until all is done that it is for, or from the last sign that this goes on; a slow host and link need most of it. */
const LIMIT_MS = 60_000
/** What may be printed before the first mark. */
const MAX_PREAMBLE_BYTES = 1024 * 1024
/** The end of stderr, for the sentence. */
const MAX_STDERR = 4096

export interface Launcher {
  words: readonly string[]
  /** Variables of the words. Default: those of the job service. */
  env?: NodeJS.ProcessEnv
  /** A Node on the other side. */
  node?: string
  /** With the environment of a login shell. */
  loginShell?: boolean
  /** What is put into the home folder there is there the next time. */
  keepsHome?: boolean
  /** The runner there outlives its connections. */
  kept?: Kept
  /** Words that end what these started, when that outlives them. */
  end?: readonly string[]
  /** What it means that it ended and had printed this. */
  explain?(printed: string): string | undefined
}

/** Why something could not be started or brought there, as a sentence. */
export class LaunchError extends Error {}

export type LaunchedChild = ChildProcessByStdio<Writable, Readable, Readable>

/** A line with the mark: what was done, and what is said of it. */
export interface Step {
  step: string
  rest: string
}

export class RemoteShell {
  readonly nonce = randomBytes(8).toString('hex')
  readonly child: LaunchedChild
  readonly #launcher: Launcher
  readonly #preamble: Preamble
  #stderr = ''

  constructor(launcher: Launcher) {
    this.#launcher = launcher
    this.child = start(launcher)
    this.#preamble = new Preamble(this.child, launchMark(this.nonce))
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-MAX_STDERR)
    })
    this.child.stdin.on('error', () => undefined) // it has ended, and says so
    this.child.once('close', () => endOf(launcher))
  }

  /** @throws LaunchError when there is no more */
  next(): Promise<Step> {
    return this.#preamble.next(() => this.#stderr)
  }

  write(sent: string | Uint8Array): void {
    this.child.stdin.write(sent)
  }

  /** Something goes on: there is as much time as at first. */
  extend(): void {
    this.#preamble.extend()
  }

  /** Ends it. @returns why, as a sentence */
  fail(error: unknown): LaunchError {
    this.child.kill('SIGKILL')
    const why = this.#launcher.explain?.(this.#stderr)
    if (why !== undefined) return new LaunchError(why)
    return error instanceof LaunchError
      ? error
      : new LaunchError(`What it sent was not understood: ${reasonOf(error)}.`)
  }

  /** What follows is read by others. */
  release(): void {
    this.#preamble.end()
  }
}

/** Mostly it is gone already, and nothing waits for it. */
function endOf({ end: [program, ...args] = [] }: Launcher): void {
  if (program === undefined) return
  spawn(program, args, { stdio: 'ignore', detached: true, windowsHide: true })
    .on('error', () => undefined)
    .unref()
}

function start({ words, env = process.env }: Launcher): LaunchedChild {
  const [program = '', ...args] = withShell(words)
  return spawn(program, args, {
    // charliecloud does not start without a name
    env: { USER: process.env.LOGNAME ?? 'user', ...env },
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

/** What comes before the messages of the runner: lines with the mark, and whatever others print. */
class Preamble {
  readonly #child: LaunchedChild
  readonly #mark: string
  #text: Buffer = Buffer.alloc(0)
  #wake: (() => void) | undefined
  #why: string | undefined
  #timer: NodeJS.Timeout
  readonly #onData = (chunk: Buffer): void => {
    this.#text = Buffer.concat([this.#text, chunk])
    if (this.#text.length > MAX_PREAMBLE_BYTES) this.#fail('It printed without end before it was ready.')
    this.#wake?.()
  }

  constructor(child: LaunchedChild, mark: string) {
    this.#child = child
    this.#mark = mark
    child.stdout.on('data', this.#onData)
    child.on('error', error => this.#fail(`${child.spawnfile} could not be started: ${reasonOf(error)}.`))
    child.on('close', (code, signal) => this.#fail(`It ended ${signal ? `by ${signal}` : `with exit code ${code}`}.`))
    this.#timer = this.#begin()
  }

  #begin(): NodeJS.Timeout {
    return setTimeout(() => {
      this.#fail(`It was not ready within ${LIMIT_MS / 1000} seconds.`)
      this.#child.kill('SIGKILL')
    }, LIMIT_MS)
  }

  extend(): void {
    clearTimeout(this.#timer)
    this.#timer = this.#begin()
  }

  #fail(why: string): void {
    this.#why ??= why
    this.#wake?.()
  }

  /** The next line with the mark. @param stderr what was printed there so far */
  async next(stderr: () => string): Promise<Step> {
    for (;;) {
      const line = this.#take()
      if (line) return line
      if (this.#why !== undefined) throw new LaunchError(withLastLine(this.#why, stderr()))
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
  }

  #take(): Step | undefined {
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
