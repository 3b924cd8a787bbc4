// The queues elsewhere: a runner for each, made when the settings name it and given up when they do not any more.
import { createHash } from 'node:crypto'
import { dirname, join } from 'node:path'
import { type ElsewhereQueueConfig, isElsewhere, type QueueConfigs } from '../../core/jobs/queueConfig'
import type { Signal } from '../base/signal'
import type { Queues } from '../jobs/queues'
import { RunnerProgram } from '../launch/bootstrap'
import { launcherOf } from '../launch/launchers'
import type { Store } from '../store/store'
import type { KnownJob } from './remoteHost'
import { RemoteRunner } from './remoteRunner'

export type { KnownJob } from './remoteHost'

export interface RemoteQueuesHost {
  readonly settings: { readonly queues: QueueConfigs; readonly changed: Signal }
  readonly queues: Queues
  readonly paths: { readonly state: string }
  readonly store: Pick<Store, 'getMeta' | 'setMeta'> & { readonly writes: Pick<Store['writes'], 'problem'> }
  readonly holds: { readonly isPaused: boolean }
  /** What is held may be held no longer, or the other way round. */
  readonly mayStart: Signal
  /** These queues are elsewhere now, or are not any more. */
  onMoved(names: readonly string[]): void
}

/** Characters of a key. */
const KEY_LENGTH = 16
/** In the store, with the key of a queue: which runner has its jobs. */
const EPOCH = 'runner '
/** By default, on a host: a container ends with its launcher. */
const KEEP_SECONDS = 600

function keepSecondsOf(config: ElsewhereQueueConfig): number {
  if (config.kind === 'container') return 0
  return config.keepSeconds ?? (config.kind === 'ssh' ? KEEP_SECONDS : 0)
}

interface Known {
  /** Where it leads: when that has changed the runner is made anew. */
  readonly place: string
  config: ElsewhereQueueConfig
  readonly runner: RemoteRunner
}

/** What of the settings says where a queue is, and not what its jobs have there. */
function placeOf({ slots, maxQueued, env, wrapper, cwd, files, paths, ...place }: ElsewhereQueueConfig): string {
  return JSON.stringify(Object.entries(place).sort(([a], [b]) => (a < b ? -1 : 1)))
}

export class RemoteQueues {
  readonly #host: RemoteQueuesHost
  readonly #known = new Map<string, Known>()
  /** A runner has been taken over: what it has of each job. */
  onKnownJobs: (queue: string, jobs: readonly KnownJob[], isSame: boolean) => void = (_, jobs) => {
    for (const job of jobs) job.abandon()
  }
  #program: RunnerProgram | undefined

  constructor(host: RemoteQueuesHost) {
    this.#host = host
    this.#configure()
    host.settings.changed.on(() => this.#configure())
    const changed = () => {
      for (const { runner } of this.#known.values()) runner.configured()
    }
    host.queues.changed.on(changed)
    host.mayStart.on(changed)
    host.queues.wanted.on(name => this.#known.get(name)?.runner.want())
  }

  /** `undefined` for a queue of this machine. */
  of(name: string | undefined): RemoteRunner | undefined {
    return name === undefined ? undefined : this.#known.get(name)?.runner
  }

  /** Loaded when it is needed first: most have no queue elsewhere. */
  #load(): RunnerProgram {
    this.#program ??= new RunnerProgram(join(dirname(process.argv[1] ?? ''), 'runner.cjs'))
    return this.#program
  }

  /** Of a queue that leads somewhere else now, what runs goes on with the runner that has it. */
  #configure(): void {
    const { queues, settings } = this.#host
    const moved: string[] = []
    for (const [name, known] of this.#known) {
      const now = settings.queues[name]
      const { place, runner } = known
      if (isElsewhere(now) && placeOf(now) === place) {
        known.config = now
        runner.configured()
        continue
      }
      runner.retire()
      this.#known.delete(name)
      queues.setRemote(name, undefined)
      if (now && !isElsewhere(now)) moved.push(name)
    }
    for (const [name, config] of Object.entries(settings.queues)) {
      if (!isElsewhere(config) || this.#known.has(name)) continue
      this.#add(name, config)
      moved.push(name)
    }
    if (moved.length > 0) this.#host.onMoved(moved)
    for (const [name, { runner }] of this.#known) if (queues.isWanted(name)) runner.want()
  }

  #add(name: string, config: ElsewhereQueueConfig): void {
    const { holds, queues, store } = this.#host
    const place = placeOf(config)
    const key = createHash('sha256')
      .update(`${this.#host.paths.state} ${name} ${place}`)
      .digest('hex')
      .slice(0, KEY_LENGTH)
    const runner = new RemoteRunner({
      name,
      key,
      keepSeconds: keepSecondsOf(config),
      launcher: () => launcherOf(config),
      get config() {
        return known.config
      },
      get isPaused() {
        return holds.isPaused || queues.isPaused(name)
      },
      program: () => this.#load(),
      isWanted: () => queues.isWanted(name),
      onKnownJobs: (jobs, isSame) => this.onKnownJobs(name, jobs, isSame),
      get lastEpoch() {
        return store.getMeta(EPOCH + key)
      },
      setLastEpoch: epoch => store.setMeta(EPOCH + key, epoch),
      isStored: () => store.writes.problem === undefined,
      onState: state => {
        if (this.#known.get(name)?.runner === runner) queues.setRemote(name, state)
      },
    })
    const known: Known = { place, config, runner }
    this.#known.set(name, known)
  }

  close(): void {
    for (const { runner } of this.#known.values()) runner.close()
  }
}
