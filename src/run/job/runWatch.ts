// Watches a running job: its time limit, its silence, the files that it writes itself, its memory and CPU time.
import type { JobError } from '../../api'
import { type Deadline, now, unwatch, watch } from '../base/deadlines'
import { overflowError, silenceError, timeoutError } from '../base/limitErrors'
import type { RunSpec, TreeUsage } from '../base/runTypes'
import { platform } from '../os/platform'
import type { ProcessTree } from '../os/processTree'
import type { FileOutput } from '../output/fileOutput'
import { LINE_WINDOW_BYTES } from '../output/lastLine'
import { makeNice } from '../process/niceness'

/** Most jobs of a long queue have ended by then, and need no sample. */
const FIRST_SAMPLE_MS = 250
/** How often the files are checked. */
const FILE_POLL_MS = 250
/** Checks per silence limit: a silence is noticed at most this part of it too late, never too early. */
const CHECKS_PER_SILENCE = 8
const SHORTEST_CHECK_MS = 25

export interface WatchedRun {
  readonly spec: RunSpec
  readonly tree: ProcessTree
  /** Outputs that the process writes itself. */
  readonly files: readonly FileOutput[]
  /** All output so far. */
  bytes(): number
  /** Whether there may be more that has not been read. */
  isHeldBack(): boolean
  onChange(): void
  /** A limit has been reached. */
  onLimit(error: JobError): void
}

export class RunWatch implements Deadline {
  dueAt: number
  /** Of the last sample; the peak is the highest of all. */
  usage: TreeUsage | undefined
  #sampleAt: number
  #pollAt: number
  #silenceCheckAt = Number.POSITIVE_INFINITY
  #bytesSeen = 0
  #quietSince: number
  #isTreeNice = false
  #isSessionNice = false
  #isOver = false
  readonly #endAt: number

  constructor(private readonly run: WatchedRun) {
    const at = now()
    const { timeoutMs, noOutputTimeoutMs } = run.spec
    this.#sampleAt = at + FIRST_SAMPLE_MS
    this.#pollAt = run.files.length > 0 ? at + FILE_POLL_MS : Number.POSITIVE_INFINITY
    this.#endAt = timeoutMs === undefined ? Number.POSITIVE_INFINITY : at + timeoutMs
    this.#quietSince = at
    if (noOutputTimeoutMs !== undefined) this.#silenceCheckAt = at + silenceCheckMs(noOutputTimeoutMs)
    this.dueAt = this.#next()
    watch(this)
  }

  onDue(at: number): void {
    const isPollDue = this.run.files.length > 0 && (at >= this.#pollAt || at >= this.#silenceCheckAt)
    if (isPollDue) void this.#poll(at)
    else this.#check(at)
  }

  /** The process has ended: no limit counts any more, not even one that is being checked. */
  end(): void {
    this.#isOver = true
    unwatch(this)
  }

  async #poll(at: number): Promise<void> {
    // Nothing else is due while the files are checked.
    this.#pollAt = at + FILE_POLL_MS
    this.dueAt = this.#pollAt
    await Promise.all(this.run.files.map(file => file.poll(LINE_WINDOW_BYTES)))
    if (!this.#isOver) this.#check(at)
  }

  #check(at: number): void {
    const { run } = this
    const { timeoutMs, noOutputTimeoutMs, maxOutputBytes } = run.spec
    const bytes = run.bytes()
    if (bytes !== this.#bytesSeen || run.isHeldBack()) {
      this.#bytesSeen = bytes
      this.#quietSince = at
      if (run.files.length > 0) run.onChange()
    }
    if (timeoutMs !== undefined && at >= this.#endAt) run.onLimit(timeoutError(timeoutMs))
    else if (noOutputTimeoutMs !== undefined && at - this.#quietSince >= noOutputTimeoutMs)
      run.onLimit(silenceError(noOutputTimeoutMs))
    else if (run.files.some(file => file.bytes > maxOutputBytes)) run.onLimit(overflowError(maxOutputBytes))
    if (noOutputTimeoutMs !== undefined && at >= this.#silenceCheckAt)
      this.#silenceCheckAt = Math.min(at + silenceCheckMs(noOutputTimeoutMs), this.#quietSince + noOutputTimeoutMs)
    if (at >= this.#sampleAt) this.#sample(at)
    this.dueAt = this.#next()
    // What became due while the files were checked was missed by the timer.
    if (!this.#isOver) watch(this)
  }

  #sample(at: number): void {
    const { run } = this
    this.#sampleAt = at + platform.sampleIntervalMs
    this.#makeNice()
    run.tree.sample(usage => {
      if (this.#isOver) return
      this.usage = {
        ...usage,
        peakMemoryBytes: Math.max(usage.peakMemoryBytes, this.usage?.peakMemoryBytes ?? 0),
        // The time of a descendant that nobody waited for is missing in later sums.
        cpuSeconds: Math.max(usage.cpuSeconds, this.usage?.cpuSeconds ?? 0),
      }
      run.onChange()
    })
  }

  #makeNice(): void {
    const { tree, spec } = this.run
    // Threads and children that began before the main process was made nice; later ones inherit its niceness.
    if (!this.#isTreeNice && spec.niceness > 0)
      for (const thread of platform.threads(tree.pid)) makeNice(thread, spec.niceness)
    this.#isTreeNice = true
    this.#isSessionNice ||= platform.makeSessionNice(tree.pid, spec.niceness)
  }

  #next(): number {
    return Math.min(this.#sampleAt, this.#endAt, this.#silenceCheckAt, this.#pollAt)
  }
}

function silenceCheckMs(noOutputTimeoutMs: number): number {
  return Math.max(SHORTEST_CHECK_MS, Math.min(1000, noOutputTimeoutMs / CHECKS_PER_SILENCE))
}
