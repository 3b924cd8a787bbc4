// The queues elsewhere: a runner for each, made when the settings name it and given up when they do not any more.
import { createHash } from 'node:crypto'
import { dirname, join } from 'node:path'
import {
  type ElsewhereQueueConfig,
  isElsewhere,
  isOfJobs,
  type PlaceQueueConfig,
  type QueueConfigs,
  type SlurmQueueConfig,
} from '../../core/jobs/queueConfig'
import type { Signal } from '../base/signal'
import type { Queues, RemoteState } from '../jobs/queues'
import { RunnerProgram } from '../launch/bootstrap'
import { launcherOf } from '../launch/launchers'
import { LaunchError } from '../launch/remoteShell'
import type { KnownJob, RemoteHost } from '../remote/remoteHost'
import { RemoteRunner } from '../remote/remoteRunner'
import { SlurmQueue } from '../slurm/slurmQueue'
import { SlurmJobs } from '../slurmJobs/slurmJobs'
import { installationId } from '../state/installation'
import type { Store } from '../store/store'

export type { KnownJob } from '../remote/remoteHost'

export interface RemoteQueuesHost {
  readonly settings: { readonly queues: QueueConfigs; readonly changed: Signal }
  readonly queues: Queues
  readonly paths: { readonly installation: string }
  readonly store: Pick<Store, 'getMeta' | 'setMeta'> & { readonly writes: Pick<Store['writes'], 'problem'> }
  readonly holds: { readonly isPaused: boolean }
  /** What is held may be held no longer, or the other way round. */
  readonly mayStart: Signal
  /** What this queue led to is not used any more. */
  onLeft(name: string): void
  /** These queues are elsewhere now, or are not any more. */
  onMoved(names: readonly string[]): void
}

/** Characters of a key. */
const KEY_LENGTH = 16
/** In the store, with the key of a queue: which runner has its jobs. */
const EPOCH = 'runner '
/** The same of a cluster: which allocations. */
const ALLOCATIONS = 'allocations '
/** By default, on a host: a container ends with its launcher. */
const KEEP_SECONDS = 600
/** An allocation begins at any time, and waits for its first connection. */
const LEAST_KEPT_SECONDS = 120

function keepSecondsOf(config: ElsewhereQueueConfig): number {
  if (config.kind === 'container') return 0
  // what leads to its folder, so that what is being brought comes over the next connection; its jobs need none
  if (isOfJobs(config)) return config.via === undefined ? 0 : KEEP_SECONDS
  if (config.kind === 'slurm') return Math.max(LEAST_KEPT_SECONDS, config.keepSeconds ?? KEEP_SECONDS)
  return config.keepSeconds ?? (config.kind === 'command' ? 0 : KEEP_SECONDS)
}

/** What leads to a queue: one runner, the allocations of a cluster, or its jobs. */
type QueueRunner = RemoteRunner | SlurmQueue | SlurmJobs

interface Known<C extends ElsewhereQueueConfig = ElsewhereQueueConfig> {
  /** Where it leads: when that has changed the runner is made anew. */
  readonly place: string
  /** As it is now. */
  config: C
  readonly runner: QueueRunner
}

/** What is the same for all kinds. */
type Shared = Pick<RemoteHost, 'name' | 'key' | 'keepSeconds' | 'program' | 'isWanted' | 'isStored'>

/** What of the settings says where a queue is, and not what its jobs have there, nor what the next allocation is. */
function placeOf(config: ElsewhereQueueConfig): string {
  if (isOfJobs(config)) return JSON.stringify([config.kind, config.via, config.mode, config.folder])
  if (config.kind === 'slurm') return JSON.stringify([config.kind, config.via])
  const { slots, maxQueued, env, wrapper, cwd, files, paths, ...place } = config
  return JSON.stringify(Object.entries(place).sort(([a], [b]) => (a < b ? -1 : 1)))
}

export class RemoteQueues {
  readonly #host: RemoteQueuesHost
  readonly #installation: string
  readonly #known = new Map<string, Known>()
  /** Clusters that are not used any more, by name and place: what runs in their allocations goes on. */
  readonly #retired = new Map<string, Known>()
  /** A runner has been taken over: what it has of each job. */
  onKnownJobs: (queue: string, jobs: readonly KnownJob[], isSame: boolean | undefined) => void = (_, jobs) => {
    for (const job of jobs) job.abandon()
  }
  #program: RunnerProgram | undefined

  constructor(host: RemoteQueuesHost) {
    this.#host = host
    this.#installation = installationId(host.paths.installation)
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
  of(name: string | undefined): QueueRunner | undefined {
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
      this.#host.onLeft(name)
      runner.retire()
      if (!(runner instanceof RemoteRunner)) this.#retired.set(name + place, known)
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
    const { queues, store } = this.#host
    const place = placeOf(config)
    if (this.#revive(name, place, config)) return
    const key = createHash('sha256').update(`${this.#installation} ${name} ${place}`).digest('hex').slice(0, KEY_LENGTH)
    const shared: Shared = {
      name,
      key,
      keepSeconds: keepSecondsOf(config),
      program: () => this.#load(),
      isWanted: () => queues.isWanted(name),
      isStored: () => store.writes.problem === undefined,
    }
    const known: Known =
      config.kind !== 'slurm'
        ? this.#place(shared, place, config)
        : isOfJobs(config)
          ? this.#clusterJobs(shared, place, config)
          : this.#cluster(shared, place, config)
    this.#known.set(name, known)
  }

  /** Of a cluster that was left and is used again: its allocations may still be there. */
  #revive(name: string, place: string, config: ElsewhereQueueConfig): boolean {
    const retired = this.#retired.get(name + place)
    if (!retired || retired.runner instanceof RemoteRunner) return false
    this.#retired.delete(name + place)
    if (!retired.runner.mayRevive) return false
    retired.config = config
    this.#known.set(name, retired)
    retired.runner.revive()
    return true
  }

  #place(shared: Shared, place: string, config: PlaceQueueConfig): Known {
    const { holds, queues, store } = this.#host
    const { key, name } = shared
    const runner = new RemoteRunner({
      ...shared,
      launcher: () => launcherOf(config),
      get config() {
        return known.config
      },
      get isPaused() {
        return holds.isPaused || queues.isPaused(name)
      },
      onKnownJobs: (jobs, isSame) => this.onKnownJobs(name, jobs, isSame),
      get lastEpoch() {
        return store.getMeta(EPOCH + key)
      },
      setLastEpoch: epoch => store.setMeta(EPOCH + key, epoch),
      onState: state => this.#onState(name, runner, state),
    })
    const known: Known<PlaceQueueConfig> = { place, config, runner }
    return known
  }

  #cluster(shared: Shared, place: string, config: SlurmQueueConfig): Known {
    const { holds, queues, settings, store } = this.#host
    const { key, name } = shared
    const runner = new SlurmQueue({
      ...shared,
      get config() {
        return known.config
      },
      get isPaused() {
        return holds.isPaused || queues.isPaused(name)
      },
      via: () => viaOf(config, settings.queues),
      queued: () => (holds.isPaused || queues.isPaused(name) ? 0 : queues.queuedSlotsOf(name)),
      onKnownJobs: (jobs, isSame) => this.onKnownJobs(name, jobs, isSame),
      lastAllocations: store.getMeta(ALLOCATIONS + key),
      setLastAllocations: ids => store.setMeta(ALLOCATIONS + key, ids),
      onState: state => this.#onState(name, runner, state),
    })
    const known: Known<SlurmQueueConfig> = { place, config, runner }
    return known
  }

  #clusterJobs(shared: Shared, place: string, config: SlurmQueueConfig): Known {
    const { settings } = this.#host
    const { name } = shared
    const runner = new SlurmJobs({
      ...shared,
      get config() {
        return known.config
      },
      via: () => viaOf(config, settings.queues),
      onKnownJobs: (jobs, isSame) => this.onKnownJobs(name, jobs, isSame),
      onState: state => this.#onState(name, runner, state),
    })
    const known: Known<SlurmQueueConfig> = { place, config, runner }
    return known
  }

  /** What is under way there goes on when the job service has ended. */
  outlivesService(name: string | undefined): boolean {
    return this.of(name) instanceof SlurmJobs
  }

  /** One that is not used any more has nothing to say. */
  #onState(name: string, runner: QueueRunner, state: RemoteState): void {
    if (this.#known.get(name)?.runner === runner) this.#host.queues.setRemote(name, state)
  }

  /**
   * @returns ids of the jobs that are to be cancelled, where it is no allocation but jobs
   * @throws Error when the queue has no such allocation
   */
  async endAllocation(queue: string, id: string): Promise<readonly string[]> {
    const runner = this.of(queue)
    if (runner instanceof SlurmJobs) return runner.jobsOf(id)
    if (!(runner instanceof SlurmQueue)) throw new Error(`The queue “${queue}” has no allocations.`)
    await runner.endAllocation(id)
    return []
  }

  close(): void {
    for (const { runner } of [...this.#known.values(), ...this.#retired.values()]) runner.close()
  }
}

/** @throws LaunchError when the settings have no such queue */
function viaOf({ via }: SlurmQueueConfig, queues: QueueConfigs): PlaceQueueConfig | undefined {
  if (via === undefined) return undefined
  const config = queues[via]
  if (config?.kind === 'ssh') return config
  throw new LaunchError(`"via" names “${via}”, which is no queue of kind "ssh" in the settings.`)
}
