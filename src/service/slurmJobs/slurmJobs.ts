// A queue of which each job is a job of Slurm: gives them to it in arrays, asks what has become of all of them at once, and reads what
// their runners have left in the folder of the cluster. What an earlier job service gave to Slurm is found there.
import { definedOf } from '../../core/base/records'
import type { Run, RunEvents, RunSpec } from '../../run/base/runTypes'
import { reasonOf } from '../../run/base/startError'
import { mayBeLeft } from '../files/leftFiles'
import type { RemoteState } from '../jobs/queues'
import type { KnownJob } from '../remote/remoteHost'
import { RunProxy } from '../runners/runProxy'
import { WorkerProxy, type WorkerProxyEvents } from '../runners/workerProxy'
import { RequestPause } from '../slurm/requestPause'
import { asSentence, scancelWords } from '../slurm/slurmCommands'
import { runSlurm } from '../slurm/slurmShell'
import { SlurmWatch } from '../slurm/slurmWatch'
import { ClusterFolder } from './clusterFolder'
import { type EarlierTask, readEarlierArrays } from './earlierArrays'
import { Gathering } from './gathering'
import { settleOverdue } from './overdue'
import { SlurmArrays } from './slurmArrays'
import type { SlurmJobsHost } from './slurmJobsHost'
import { SlurmTask } from './slurmTask'
import { submitArray } from './submission'
import { SubmitLimits } from './submitLimits'
import { limitsWords, readLimits, readTasks, squeueTasksWords } from './taskCommands'

const nothing = { changed: 0, unwanted: [] }
/** Cancels that come together are one command: without another one for so long, or so long after the first one. */
const CANCEL_MS = 100
const LONGEST_CANCEL_MS = 2000

export class SlurmJobs {
  /** They go on whoever is connected. */
  readonly keepSeconds = Number.POSITIVE_INFINITY
  readonly #host: SlurmJobsHost
  readonly #folder: ClusterFolder
  readonly #gathering: Gathering
  readonly #arrays: SlurmArrays
  readonly #watch: SlurmWatch
  readonly #pause = new RequestPause()
  #limits: SubmitLimits | undefined
  #isOpening = false
  /** What an earlier service left is known. */
  #isOpen = false
  #isClosed = false
  #isRetiring = false
  #cancel: NodeJS.Timeout | undefined
  #cancelSince: number | undefined
  #away: RemoteState = {}
  #shown = ''

  constructor(host: SlurmJobsHost) {
    this.#host = host
    this.#folder = new ClusterFolder(host, {
      isWanted: () => host.isWanted() || this.#arrays.size > 0,
      onPresent: () => {
        this.#away = {}
        void this.#open().then(() => this.#show())
      },
      onProblem: state => {
        this.#away = state
        this.#show()
      },
    })
    this.#arrays = new SlurmArrays(this.#folder, host.isStored)
    this.#gathering = new Gathering({
      maxArray: () => this.#limits?.array ?? 1,
      submit: jobs => void submitArray(jobs, this.#submissionHost()).then(isTaken => this.#submitted(isTaken)),
      onProblem: (task, error) => this.#onUnprepared(task, error),
    })
    this.#watch = new SlurmWatch({
      // until it answers again, too: what is wrong is not known to be over before
      isNeeded: () => this.#arrays.size > 0 || (this.#pause.problem !== undefined && !this.#pause.isPausing),
      look: askedAt => this.#look(askedAt),
      onSilence: why => {
        this.#pause.note(why)
        this.#show()
      },
    })
  }

  get #name(): string {
    return `headless-jobs-${this.#host.key}`
  }

  /** Jobs wait for it, or an earlier service has begun some. */
  want(): void {
    if (this.#isClosed) return
    if (!this.#folder.isPresent) this.#folder.want()
    else void this.#open()
  }

  /** At once, whatever the pause. */
  tryNow(): void {
    this.#pause.reset()
    this.#folder.tryNow()
    this.#watch.lookSoon()
    this.want()
    this.#show()
  }

  copyNode(): Promise<void> {
    return this.#folder.copyNode()
  }

  configured(): void {
    this.#show()
  }

  /** Finds what an earlier service left, and asks once what the cluster allows. */
  async #open(): Promise<void> {
    if (this.#limits || this.#isOpening || this.#isClosed || this.#pause.isPausing) return
    this.#isOpening = true
    try {
      if (!this.#isOpen) await this.#findEarlier()
      this.#limits = new SubmitLimits(readLimits(await runSlurm(limitsWords(), this.#host.via())))
      this.#pause.settle()
    } catch (error) {
      this.#failed(reasonOf(error))
    }
    this.#isOpening = false
    this.#show()
  }

  async #findEarlier(): Promise<void> {
    const { arrays, old, tasks } = await readEarlierArrays(this.#folder)
    for (const array of arrays) this.#arrays.add(array)
    this.#isOpen = true
    this.#host.onKnownJobs(tasks.map(this.#knownJob), true)
    for (const { array, index } of old) await array.forget([index])
    await this.#arrays.removeEmpty()
    if (this.#arrays.size > 0) this.#watch.lookSoon(0)
  }

  readonly #knownJob = ({ id, array, index }: EarlierTask): KnownJob => ({
    id,
    adopt: (spec, events) => {
      const task = this.#taskOf(spec, events)
      this.#arrays.place({ array, index, task })
      return task.run
    },
    abandon: () => {
      void array.forget([index]).catch(() => undefined) // what Slurm has of it is cancelled when it says so
      const { files, path } = this.#folder
      for (const left of mayBeLeft(path, id)) void files.remove(left)
    },
  })

  #taskOf(spec: RunSpec, events: RunEvents): SlurmTask {
    const { config } = this.#host
    return new SlurmTask(spec, events, { folder: this.#folder, config, onStop: task => this.#onStop(task) })
  }

  #submissionHost() {
    return {
      queue: this.#host,
      name: this.#name,
      folder: this.#folder,
      arrays: this.#arrays,
      onRefused: (why: string) => this.#failed(why),
      onFull: (count: number) => this.#limits?.refused(count, this.#arrays.size),
    }
  }

  #submitted(isTaken: boolean): void {
    if (isTaken) this.#limits?.taken()
    this.#show()
    this.#watch.lookSoon()
  }

  /** Tried again after a pause. */
  #failed(why: string): void {
    if (this.#isClosed) return
    const problem = asSentence(why)
    console.error(`Slurm takes no jobs of the queue “${this.#host.name}”: ${problem}`)
    this.#pause.begin(problem, () => {
      this.#pause.note(undefined)
      this.want()
      this.#show()
    })
    this.#show()
  }

  start(spec: RunSpec, events: RunEvents): Run {
    if (this.#slots === undefined) {
      const run = new RunProxy(spec, events)
      run.return()
      this.want()
      return run
    }
    const task = this.#taskOf(spec, events)
    this.#gathering.add(task)
    void task.run.ended.then(() => this.#arrays.has(task) || task.clean())
    return task.run
  }

  /** When the way there is lost it may be tried again. */
  #onUnprepared({ run }: SlurmTask, error: unknown): void {
    if (run.hasEnded) return
    if (this.#folder.isPresent) run.refuse({ kind: 'start', message: reasonOf(error) })
    else run.return()
  }

  #onStop(task: SlurmTask): void {
    if (!this.#arrays.has(task)) {
      task.run.detach() // it has not been given to Slurm
      return
    }
    this.#cancelSince ??= performance.now()
    if (performance.now() - this.#cancelSince < LONGEST_CANCEL_MS) clearTimeout(this.#cancel)
    else if (this.#cancel) return
    this.#cancel = setTimeout(() => {
      this.#cancel = undefined
      this.#cancelSince = undefined
      void this.#cancelStopped()
    }, CANCEL_MS)
  }

  /** What fails is tried again when Slurm says that they are still there. */
  async #cancelStopped(): Promise<void> {
    try {
      const words = await this.#arrays.cancelWords()
      if (words.length === 0) return
      this.#watch.lookSoon()
      await runSlurm(scancelWords(words), this.#host.via())
    } catch (error) {
      console.error(reasonOf(error))
    }
  }

  async #look(askedAt: number): Promise<void> {
    if (!this.#isOpen) return
    const { via } = this.#host
    const answer = await runSlurm(squeueTasksWords(this.#name), via()).then(readTasks).catch(reasonOf)
    if (this.#isClosed) return
    const isSilent = typeof answer === 'string'
    const { changed, unwanted } = isSilent ? nothing : this.#arrays.onStates(answer, askedAt)
    if (unwanted.length > 0) await runSlurm(scancelWords(unwanted), via()).catch(() => undefined)
    const read = await this.#arrays.readStatuses(isSilent)
    if (!isSilent) await settleOverdue(this.#arrays, this.#folder.path, via())
    await this.#cancelStopped()
    await this.#arrays.forget()
    if (changed + read > 0) this.#watch.lookSoon()
    if (isSilent) throw new Error(answer)
    this.#pause.note(undefined)
    this.#show()
    if (this.#isRetiring && this.#arrays.size === 0) this.close()
  }

  /** Slots of what Slurm may have of it at once; `undefined` while nothing can be given to it. */
  get #slots(): number | undefined {
    if (!this.#isOpen || !this.#limits || !this.#folder.isPresent || this.#pause.problem !== undefined) return undefined
    const { slots } = this.#host.config
    const { cores, size } = this.#arrays
    const most = cores + Math.max(0, this.#limits.jobs - size) // it counts jobs, and each further one has a core at least
    return typeof slots === 'number' ? Math.min(slots, most) : most
  }

  /** What is known of it now, when that has changed. */
  #show(): void {
    if (this.#isClosed) return
    const { nextTryAt, problem, since } = this.#pause
    const slots = this.#slots
    const trouble = problem !== undefined && definedOf({ problem, since, nextTryAt }, 'problem', 'since', 'nextTryAt')
    const state: RemoteState = slots === undefined ? trouble || this.#away : { cores: slots }
    const allocations = () => this.#arrays.infos
    const shown = JSON.stringify([state, allocations()])
    if (shown === this.#shown) return
    this.#shown = shown
    this.#host.onState({ ...state, allocations })
  }

  /** Ids of the jobs of an array. @throws Error with a sentence when there is none */
  jobsOf(id: string): string[] {
    const placed = [...this.#arrays.all].filter(({ array, task }) => array.id === id && !task.run.hasEnded)
    if (placed.length === 0) throw new Error(`The queue “${this.#host.name}” has no jobs ${id} in Slurm.`)
    return placed.map(({ task }) => task.spec.id)
  }

  /** There are none. */
  startWorker(spec: RunSpec, events: WorkerProxyEvents): WorkerProxy {
    return this.#noWorker(spec, false, events)
  }

  startRequestWorker(spec: RunSpec, events: WorkerProxyEvents): WorkerProxy {
    return this.#noWorker(spec, true, events)
  }

  #noWorker(spec: RunSpec, isConcurrent: boolean, events: WorkerProxyEvents): WorkerProxy {
    const worker = new WorkerProxy(spec, isConcurrent, events)
    const message = `The queue “${this.#host.name}” has no workers, since each of its jobs is a job of Slurm: use a queue with "mode": "allocation".`
    queueMicrotask(() => worker.stop('self', { kind: 'start', message }))
    return worker
  }

  get mayRevive(): boolean {
    return !this.#isClosed
  }

  /** It is used again. */
  revive(): void {
    this.#isRetiring = false
    this.#shown = ''
    this.want()
    this.#show()
  }

  /** Takes no more jobs; those that it has go on. */
  retire(): void {
    this.#isRetiring = true
    if (this.#arrays.size === 0) this.close()
  }

  /** What Slurm has goes on. */
  close(): void {
    this.#isClosed = true
    this.#watch.close()
    this.#pause.reset()
    clearTimeout(this.#cancel)
    this.#folder.close()
  }
}
