// The hosts, as processes: started, sent what to do, killed and replaced.
import { type ChildProcess, spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import type { SettleAnswer, SettleCommand } from './host'
import { HOSTS, type HostCommand } from './plan'

/** After this many ends of the service a host is replaced: it would wait longer and longer before it starts another one. */
const MOST_CRASHES = 2

/** Made by scripts/lib/bundles.mjs. */
const PROGRAM = resolve('dist/dev/test/chaos/host.mjs')

class Host {
  readonly #child: ChildProcess
  readonly ended: Promise<void>
  #answers: ((answer: SettleAnswer | undefined) => void)[] = []
  isGone = false
  #isEnding = false
  crashes = 0

  constructor(
    folder: string,
    readonly number: number,
    env: NodeJS.ProcessEnv,
  ) {
    this.#child = spawn(
      process.execPath,
      ['--enable-source-maps', PROGRAM, folder, String(number), resolve('dist/service.cjs')],
      {
        stdio: ['pipe', 'pipe', 'inherit'],
        env,
      },
    )
    this.#child.stdin?.on('error', () => undefined) // it was killed
    createInterface({ input: this.#child.stdout as NodeJS.ReadableStream }).on('line', line =>
      this.#answers.shift()?.(JSON.parse(line)),
    )
    this.ended = new Promise(done => {
      this.#child.on('close', () => {
        this.isGone = true
        for (const answer of this.#answers.splice(0)) answer(undefined)
        done()
      })
    })
  }

  send(command: HostCommand | SettleCommand): void {
    this.#child.stdin?.write(`${JSON.stringify(command)}\n`)
  }

  /** Which of its jobs have not settled; `undefined` when it is gone. */
  settle(isFirst: boolean): Promise<SettleAnswer | undefined> {
    return new Promise(answer => {
      if (this.isGone) return answer(undefined)
      this.#answers.push(answer)
      this.send({ do: 'settle', isFirst })
    })
  }

  /** It has ended, and nobody had it end. */
  get hasFailed(): boolean {
    return this.isGone && !this.#isEnding
  }

  async kill(): Promise<void> {
    this.#isEnding = true
    this.#child.kill('SIGKILL')
    await this.ended
  }

  /** As a window that is closed. */
  async close(): Promise<void> {
    this.#isEnding = true
    this.#child.stdin?.end()
    await this.ended
  }
}

export class Hosts {
  readonly #folder: string
  readonly #env: NodeJS.ProcessEnv
  readonly #hosts: Host[] = []
  #last = 0

  constructor(folder: string, env: NodeJS.ProcessEnv) {
    this.#folder = folder
    this.#env = env
  }

  /** Replaces those that are gone, and those that have seen the service end too often. */
  async complete(): Promise<void> {
    for (let at = 0; at < HOSTS; at++) {
      const host = this.#hosts[at]
      if (host?.hasFailed) throw new Error(`Host ${host.number} has ended by itself.`)
      if (host && !host.isGone && host.crashes < MOST_CRASHES) continue
      await host?.close()
      this.#hosts[at] = new Host(this.#folder, ++this.#last, this.#env)
    }
  }

  send(at: number, command: HostCommand): void {
    this.#hosts[at]?.send(command)
  }

  kill(at: number): Promise<void> | undefined {
    return this.#hosts[at]?.kill()
  }

  serviceCrashed(): void {
    for (const host of this.#hosts) host.crashes++
  }

  /** Which jobs of all hosts have not settled, in words. */
  async open(isFirst = false): Promise<string[]> {
    const answers = await Promise.all(this.#hosts.map(host => host.settle(isFirst)))
    return answers.flatMap((answer, at) => answer?.open.map(token => `${token} of host ${at}, ${answer.state}`) ?? [])
  }

  async close(): Promise<void> {
    await Promise.all(this.#hosts.map(host => host.close()))
  }
}
