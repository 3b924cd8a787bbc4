// The plan of a round: what is submitted, which handlers come and go, and what is killed, each at a moment of its own. It is
// made of the seed and the number of the round alone, so that a round that has failed can be repeated.
import { seeded } from '../support/shuffle'

export type JobKind = (typeof jobKinds)[number]
export type KillKind = (typeof killKinds)[number]
export type Handler = (typeof handlers)[number]
/** What a handler does with each result until it is registered anew. */
export type HandlerMode = (typeof modes)[number]

export interface PlannedJob {
  /** The name of the job, unlike any other of all rounds. */
  token: string
  kind: JobKind
  /** How long it takes at least. */
  ms: number
  handler?: Handler
}

export type HostCommand =
  | { do: 'submit'; jobs: PlannedJob[] }
  | { do: 'batch'; token: string; jobs: PlannedJob[]; cap: number; handler?: Handler }
  | { do: 'register'; handler: Handler; mode: HandlerMode }
  | { do: 'unregister'; handler: Handler }

export type Step =
  | { do: 'send'; host: number; command: HostCommand }
  /** `pick` chooses among the processes that are there then. */
  | { do: 'kill'; what: KillKind; pick: number }

export interface Plan {
  seed: number
  round: number
  steps: { atMs: number; step: Step }[]
}

export const HOSTS = 2
export const OWNER = 'chaos.host'
/** The last one throws whenever it is called. */
export const NEVER = `${OWNER}/never`
export const handlers = [`${OWNER}/a`, `${OWNER}/b`, NEVER] as const
const modes = ['returns', 'returns', 'slow', 'throws', 'throwsOnce'] as const

const quickKinds = [
  ...(['short', 'short', 'short', 'long', 'long', 'stubborn', 'family', 'json', 'large'] as const),
  ...(['line', 'line', 'line', 'clinging', 'arrays'] as const),
] as const
/** Between two attempts there is a second: only some rounds have them. */
const jobKinds = [...quickKinds, 'retried', 'retried', 'failing'] as const
const ROUNDS_WITH_RETRIES = 0.4
/** `all`: the service with its runners, as whatever ends everything of a user does. */
export const killKinds = ['service', 'runner', 'host', 'worker', 'job', 'all'] as const
const killWeights: Readonly<Record<KillKind, number>> = { service: 4, runner: 4, host: 4, worker: 3, job: 4, all: 2 }

/** How long the steps of a round are spread over. */
const SPREAD_MS = 500

export function planOf(seed: number, round: number): Plan {
  const random = seeded(seed * 1_000_003 + round)
  const draw = new Draw(random, `r${round}`)
  const steps = [
    ...draw.times(2, 4, () => draw.send(draw.submit())),
    ...draw.times(0, 2, () => draw.send(draw.batch())),
    ...draw.times(1, 5, () => draw.send(draw.handlerChange())),
    ...draw.times(1, 3, () => draw.kill()),
  ]
  const timed = steps.map(step => ({ atMs: Math.floor(random() * SPREAD_MS), step }))
  return { seed, round, steps: timed.sort((a, b) => a.atMs - b.atMs) }
}

class Draw {
  #jobs = 0
  #batches = 0
  readonly #kinds: readonly JobKind[]

  constructor(
    private readonly random: () => number,
    private readonly prefix: string,
  ) {
    this.#kinds = random() < ROUNDS_WITH_RETRIES ? jobKinds : quickKinds
  }

  times<T>(least: number, most: number, make: () => T): T[] {
    return Array.from({ length: this.#whole(least, most) }, make)
  }

  send(command: HostCommand): Step {
    return { do: 'send', host: this.#whole(0, HOSTS - 1), command }
  }

  submit(): HostCommand {
    return { do: 'submit', jobs: this.times(1, 5, () => this.#job(0.6)) }
  }

  batch(): HostCommand {
    const token = `${this.prefix}-b${++this.#batches}`
    return {
      do: 'batch',
      token,
      jobs: this.times(1, 6, () => this.#job(0.1)),
      cap: this.#whole(1, 3),
      ...this.#handled(0.6),
    }
  }

  handlerChange(): HostCommand {
    const handler = this.#of(handlers)
    if (this.random() < 0.3) return { do: 'unregister', handler }
    return { do: 'register', handler, mode: this.#of(modes) }
  }

  kill(): Step {
    const weighted = killKinds.flatMap(what => Array<KillKind>(killWeights[what]).fill(what))
    return { do: 'kill', what: this.#of(weighted), pick: this.random() }
  }

  /** @param handled how likely it has a handler */
  #job(handled: number): PlannedJob {
    const token = `${this.prefix}-j${++this.#jobs}`
    return { token, kind: this.#of(this.#kinds), ms: this.#whole(50, 400), ...this.#handled(handled) }
  }

  #handled(likely: number): { handler?: Handler } {
    if (this.random() >= likely) return {}
    return { handler: this.random() < 0.1 ? NEVER : this.#of(handlers.slice(0, 2)) }
  }

  #whole(least: number, most: number): number {
    return least + Math.floor(this.random() * (most - least + 1))
  }

  #of<T>(list: readonly T[]): T {
    return list[Math.floor(this.random() * list.length)] as T
  }
}
