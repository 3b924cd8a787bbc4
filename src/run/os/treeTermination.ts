// How a process tree is ended: SIGTERM, a grace time, SIGKILL, and giving up what does not end.
import { type Deadline, now, unwatch, watch } from '../base/deadlines'
import { platform } from './platform'
import type { Signal, TreeRoot } from './platformTypes'
import { isForeign } from './signals'
import { firstSignal, signalMain, signalOthers } from './signalTree'
import { describeSurvivors } from './survivors'

/** A tree that is to end soon is checked at growing intervals; what cannot be killed is checked seldom. */
const FIRST_CHECK_MS = 20
const LONGEST_CHECK_MS = 250
const LONGEST_CHECK_AFTER_KILL_MS = 2000

/** After the first SIGKILL: how long processes of another user are waited for, and those that merely do not end. */
const FOREIGN_TIMEOUT_MS = 2000
const STUCK_TIMEOUT_MS = 30_000

/** What ending a tree takes at most, the time to end by itself included. */
export function longestEndMs(graceMs: number): number {
  return 2 * graceMs + STUCK_TIMEOUT_MS
}

/** Ends one tree: exists from the decision to end it until nothing of it is left. */
export class TreeTermination implements Deadline {
  dueAt: number
  /** Resolves when nothing of the tree is alive, or when it is given up. */
  readonly done: Promise<void>
  readonly #resolve: () => void
  readonly #orphans = new Set<string>()
  #isSignalled = false
  #killedAt: number | undefined
  #notEnded: string | undefined
  #signalAt: number
  #isChecking = false
  #checkAgain = false
  #nextCheckMs = FIRST_CHECK_MS
  #isOver = false

  /**
   * @param tree of a child of ours; or of an earlier service, then only what can be proved to belong to it is signalled
   * @param voluntaryMs how long it may take to end by itself before the first signal
   * @param graceMs between SIGTERM and SIGKILL
   */
  constructor(
    private readonly tree: TreeRoot,
    voluntaryMs: number,
    private readonly graceMs: number,
  ) {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.done = promise
    this.#resolve = resolve
    const begunAt = now()
    this.#signalAt = begunAt + voluntaryMs
    this.dueAt = begunAt
    this.onDue(begunAt)
  }

  /** How many processes without their main process had to be signalled, and did not end by themselves. */
  get orphanCount(): number {
    return this.#orphans.size
  }

  /** It was asked to end, and did not within the grace time. */
  get isForced(): boolean {
    return this.#killedAt !== undefined && firstSignal !== 'SIGKILL'
  }

  /** One sentence on what could not be ended, when it was given up. */
  get notEnded(): string | undefined {
    return this.#notEnded
  }

  /** Sends the first signal now, if that has not been done: the time to end by itself is cut short. */
  skipGrace(): void {
    if (this.#isSignalled) return
    this.#signalAt = now()
    this.check()
  }

  /** Something has changed, such as the end of the main process. */
  check(): void {
    if (this.#isOver) return
    this.dueAt = now()
    this.onDue(this.dueAt)
  }

  onDue(at: number): void {
    this.dueAt = Number.POSITIVE_INFINITY
    if (this.#isChecking) {
      this.#checkAgain = true
      return
    }
    this.#isChecking = true
    // A check that failed, because of too many open files for example, has seen nothing; the next one will.
    this.#step(at)
      .catch(() => undefined)
      .finally(() => this.#afterCheck())
  }

  async #step(at: number): Promise<void> {
    const { tree } = this
    const signal = at < this.#signalAt ? undefined : this.#isSignalled ? 'SIGKILL' : firstSignal
    if (signal) this.#signalMain(signal, at)
    if (tree.isSurelyGone()) return this.#finish()
    const members = await platform.findMembers(tree)
    if (tree.rootGone) {
      if (members.length === 0) return this.#finish()
      if (signal) for (const { pid, startTime } of members) this.#orphans.add(`${pid} ${startTime}`)
    }
    if (signal) await signalOthers(tree, members, signal)
    const pids = members.map(({ pid }) => pid)
    this.#giveUpOn(pids, at)
  }

  #signalMain(signal: Signal, at: number): void {
    signalMain(this.tree, signal)
    if (signal === 'SIGKILL') this.#killedAt ??= at
    // After the first SIGKILL each check sends it again to what it still finds.
    this.#signalAt = signal === 'SIGKILL' ? at : at + this.graceMs
    this.#isSignalled = true
  }

  /** What does not end must not be waited for for ever. */
  #giveUpOn(pids: readonly number[], at: number): void {
    if (this.#killedAt === undefined || pids.length === 0) return
    const forMs = at - this.#killedAt
    if (forMs < FOREIGN_TIMEOUT_MS || (forMs < STUCK_TIMEOUT_MS && !pids.every(isForeign))) return
    this.#notEnded = describeSurvivors(pids)
    this.#finish()
  }

  #afterCheck(): void {
    this.#isChecking = false
    if (this.#isOver) return
    const at = now()
    const longest = this.#signalAt < at ? LONGEST_CHECK_AFTER_KILL_MS : LONGEST_CHECK_MS
    // The end of a living main process calls `check`; until the next signal there is nothing to look for.
    const isWaitingForRoot = !this.tree.rootGone && this.#signalAt > at
    this.dueAt = this.#checkAgain ? at : isWaitingForRoot ? this.#signalAt : at + this.#nextCheckMs
    const giveUpAt = (this.#killedAt ?? Number.POSITIVE_INFINITY) + FOREIGN_TIMEOUT_MS
    for (const due of [this.#signalAt, giveUpAt]) if (due > at) this.dueAt = Math.min(this.dueAt, due)
    this.#checkAgain = false
    this.#nextCheckMs = Math.min(longest, this.#nextCheckMs * 2)
    watch(this)
  }

  #finish(): void {
    this.#isOver = true
    unwatch(this)
    this.#resolve()
  }
}

/** No process has it: only the environment shows what belongs to a tree whose main process is not known. */
const UNKNOWN_PID = -1

/** What was left of a job: how many processes had to be ended, and one sentence on those that could not be. */
export interface TreeEnd {
  orphanCount: number
  notEnded?: string
}

/** Ends what is left of a job of an earlier service or runner; signals only what can be proved to belong to the job. */
export async function endTree(
  job: { id: string; pid: number | undefined; processStartTime: string | undefined },
  graceMs: number,
): Promise<TreeEnd> {
  const root: TreeRoot = {
    id: job.id,
    pid: job.pid ?? UNKNOWN_PID,
    startTime: job.processStartTime,
    ours: false,
    rootGone: true,
    isSurelyGone: () => false,
  }
  const termination = new TreeTermination(root, 0, graceMs)
  await termination.done
  const { orphanCount, notEnded } = termination
  return { orphanCount, ...(notEnded !== undefined && { notEnded }) }
}
