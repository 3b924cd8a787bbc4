// A runner that outlives its connections: what goes on over the next one, and what gives it up.
import { Resumable } from '../../run/base/resumable'
import type { LaunchedRunner } from '../launch/launch'
import type { StartedRunner } from '../runners/runner'

export class KeptRunner implements StartedRunner {
  readonly channel: Resumable = new Resumable()
  readonly hasProcess = true
  readonly failed: Promise<string>
  #launched: LaunchedRunner
  #deadline: NodeJS.Timeout | undefined

  constructor(launched: LaunchedRunner) {
    this.#launched = launched
    this.failed = launched.failed
    this.channel.once('close', () => clearTimeout(this.#deadline))
  }

  get name(): string {
    return this.#launched.name
  }

  get mayBeSilent(): boolean {
    return this.channel.isAway
  }

  /** Goes on over this connection. */
  attach(launched: LaunchedRunner): void {
    clearTimeout(this.#deadline)
    this.#launched = launched
    this.channel.attach(launched.channel)
  }

  /** What does not answer loses its connection, not its jobs. */
  giveUp(): void {
    this.#launched.giveUp()
  }

  /** What runs there is lost when no connection comes in time. */
  expectConnection(seconds: number): void {
    clearTimeout(this.#deadline)
    this.#deadline = setTimeout(() => this.channel.isAway && this.channel.destroy(), seconds * 1000)
  }
}

/** Nothing was given to it. */
export function sayGoodbye(launched: LaunchedRunner): void {
  if (launched.hello.epoch === undefined) {
    launched.channel.end()
    return
  }
  const kept = new KeptRunner(launched)
  kept.attach(launched)
  kept.channel.end()
}
