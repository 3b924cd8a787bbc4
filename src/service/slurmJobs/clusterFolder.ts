// The folder that the nodes of a cluster see: reached by a runner where Slurm's commands are, here or on the login node.

import { definedOf } from '../../core/base/records'
import type { PlaceQueueConfig, SlurmQueueConfig } from '../../core/jobs/queueConfig'
import { reasonOf } from '../../run/base/startError'
import { LeftFiles } from '../files/leftFiles'
import type { RemoteFiles } from '../files/remoteFiles'
import type { RemoteState } from '../jobs/queues'
import { launcherOf } from '../launch/launchers'
import type { Launcher } from '../launch/remoteShell'
import type { RemoteHost } from '../remote/remoteHost'
import { RemoteRunner } from '../remote/remoteRunner'
import { RequestPause } from '../slurm/requestPause'

/** In the home of the user there. */
const FOLDER = '.headless-jobs'

export interface ClusterFolderHost extends Pick<RemoteHost, 'name' | 'key' | 'keepSeconds' | 'program' | 'isStored'> {
  readonly config: SlurmQueueConfig
  /** Where Slurm is, when not here. @throws Error when there is no such queue */
  via(): PlaceQueueConfig | undefined
}

export interface ClusterFolderUser {
  isWanted(): boolean
  /** It can be used, for the first time or again. */
  onPresent(): void
  onProblem(state: RemoteState): void
}

export class ClusterFolder {
  readonly #host: ClusterFolderHost
  readonly #runner: RemoteRunner
  readonly #user: ClusterFolderUser
  #path = ''
  #files: RemoteFiles | undefined
  #epoch: string | undefined
  /** Until it is tried again to make it. */
  readonly #pause = new RequestPause()
  #presence = Promise.withResolvers<void>()

  constructor(host: ClusterFolderHost, user: ClusterFolderUser) {
    this.#host = host
    this.#user = user
    const self = this
    this.#runner = new RemoteRunner({
      name: host.name,
      key: host.key,
      keepSeconds: host.keepSeconds,
      program: host.program,
      isStored: host.isStored,
      isWanted: () => user.isWanted(),
      config: {},
      isPaused: false,
      launcher: () => launcherFor(host),
      get lastEpoch() {
        return self.#epoch
      },
      setLastEpoch: epoch => {
        this.#epoch = epoch
      },
      onKnownJobs: jobs => {
        for (const job of jobs) job.abandon() // it is given none
      },
      onState: state => this.#onState(state),
    })
  }

  /** What jobs have left in it. */
  readonly left = new LeftFiles(async path => this.#files?.remove(path))

  /** Made when it is reached first. */
  get path(): string {
    return this.#path
  }

  /** Those of the last connection, whose requests fail when it is lost. @throws Error while there was none */
  get files(): RemoteFiles {
    if (!this.#files) throw new Error('the cluster was not reached')
    return this.#files
  }

  get isPresent(): boolean {
    return this.#files !== undefined && this.#runner.place?.files === this.#files
  }

  /** Resolves when it can be reached, again if need be. */
  async untilPresent(): Promise<void> {
    while (!this.isPresent) await this.#presence.promise
  }

  #onState(state: RemoteState): void {
    this.#pause.reset()
    if (state.cores === undefined || !this.#runner.place) this.#user.onProblem(state)
    else void this.#enter()
  }

  /** Makes it; tried again after a pause, since somebody may have made room meanwhile, or mounted what was not there. */
  async #enter(): Promise<void> {
    const { place } = this.#runner
    if (!place) return
    const { files, hello } = place
    this.#path = `${this.#host.config.folder ?? `${hello.home}/${FOLDER}`}/${this.#host.key}`
    try {
      await files.makeFolder(this.#path)
      if (this.#files !== files) await files.remove(`${this.#path}/inputs`) // it knows none of them
    } catch (error) {
      if (this.#runner.place?.files === files) this.#failed(reasonOf(error))
      return
    }
    if (this.#runner.place?.files !== files) return
    this.#pause.reset()
    this.#files = files
    this.#presence.resolve()
    this.#presence = Promise.withResolvers()
    this.#user.onPresent()
  }

  #failed(why: string): void {
    const problem = `The folder ${this.#path} cannot be made there: ${why}. Name another one in "folder".`
    this.#pause.begin(problem, () => void this.#enter())
    this.#user.onProblem(definedOf(this.#pause, 'problem', 'since', 'nextTryAt'))
  }

  want(): void {
    this.#runner.want()
  }

  tryNow(): void {
    this.#runner.tryNow()
    if (!this.#pause.isPausing) return
    this.#pause.reset()
    void this.#enter()
  }

  async copyNode(): Promise<void> {
    await this.#runner.copyNode()
  }

  close(): void {
    this.#pause.reset()
    this.#runner.close()
  }
}

/** The commands of Slurm are here, or where an ssh queue leads. */
function launcherFor({ via }: ClusterFolderHost): Launcher {
  const way = via()
  return way ? launcherOf(way) : { words: ['env'], node: process.execPath }
}
