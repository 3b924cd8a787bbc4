// Ends process trees: ask, wait, force. The only place that sends signals.
import { execFile } from 'node:child_process'
import path from 'node:path'
import { type Deadline, now, unwatch, watch } from '../base/deadlines'
import { errorCode } from '../base/startError'
import type { ProcessInfo } from './processInfo'
import { findMembers, isStill, type TreeRoot } from './processTree'
import { describeSurvivors, isForeign } from './survivors'
import { taskkillArguments } from './windowsCommand'

const onWindows = process.platform === 'win32'

/** Looks at a tree that is about to end come at growing distances; what cannot be killed is looked at seldom. */
const FIRST_LOOK_MS = 20
const LONGEST_LOOK_MS = 250
const LONGEST_LOOK_AFTER_FORCE_MS = 2000

/** After the forced end: what has become another user's is waited for this long, what only does not end yet that long. */
const FOREIGN_PATIENCE_MS = 2000
const STUCK_PATIENCE_MS = 30_000

/** What ending a tree takes at most, its own time to end included. */
export function longestEndMs(graceMs: number): number {
  return 2 * graceMs + STUCK_PATIENCE_MS
}

type Signal = 'SIGTERM' | 'SIGKILL'

/** The ending of one tree, from the moment that it is wished for until nothing is left. */
export class TreeEnding implements Deadline {
  dueAt: number
  /** Resolves when nothing of the tree is alive, or when it is given up. */
  readonly done: Promise<void>
  readonly #resolve: () => void
  readonly #left = new Set<string>()
  #asked = false
  #forcedAt: number | undefined
  #notEnded: string | undefined
  #signalAt: number
  #isLooking = false
  #lookAgain = false
  #lookAfter = FIRST_LOOK_MS
  #isOver = false

  /**
   * @param tree of a child of ours; or of an earlier service, then only what can be proved to belong to it is touched
   * @param patienceMs how long it may take to end before it is asked to
   * @param graceMs between asking and forcing
   */
  constructor(
    private readonly tree: TreeRoot,
    patienceMs: number,
    private readonly graceMs: number,
  ) {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.done = promise
    this.#resolve = resolve
    const begunAt = now()
    this.#signalAt = begunAt + patienceMs
    this.dueAt = begunAt
    this.onDue(begunAt)
  }

  /** How many processes were left that had to be ended, not only to be waited for. */
  get leftBehind(): number {
    return this.#left.size
  }

  /** One sentence on what could not be ended, when it was given up. */
  get notEnded(): string | undefined {
    return this.#notEnded
  }

  /** Asks now, if that has not been done. */
  hurry(): void {
    if (this.#asked) return
    this.#signalAt = now()
    this.look()
  }

  /** Something has changed, such as the end of the main process. */
  look(): void {
    if (this.#isOver) return
    this.dueAt = now()
    this.onDue(this.dueAt)
  }

  onDue(at: number): void {
    this.dueAt = Number.POSITIVE_INFINITY
    if (this.#isLooking) {
      this.#lookAgain = true
      return
    }
    this.#isLooking = true
    // A look that failed, for want of file descriptors say, has seen nothing; the next one will.
    this.#step(at)
      .catch(() => undefined)
      .finally(() => this.#afterLook())
  }

  async #step(at: number): Promise<void> {
    const { tree, graceMs } = this
    const signal: Signal | undefined = at < this.#signalAt ? undefined : this.#asked ? 'SIGKILL' : 'SIGTERM'
    if (signal) {
      if (!tree.rootGone) signalLivingTree(tree.pid, signal)
      // After the forced end each look forces again what it still finds.
      this.#signalAt = this.#asked ? at : at + graceMs
      if (this.#asked) this.#forcedAt ??= at
      this.#asked = true
    }
    if (tree.isSurelyGone()) return this.#finish()
    const members = await findMembers(tree)
    if (tree.rootGone) {
      if (members.length === 0) return this.#finish()
      if (signal) for (const { pid, startTime } of members) this.#left.add(`${pid} ${startTime}`)
    }
    // The group of a living main process has been signalled as a whole.
    const strays = members.filter(member => tree.rootGone || member.group !== tree.pid)
    if (signal) await Promise.all(strays.map(member => signalProcess(member, signal)))
    const isRootUnseen = onWindows && !tree.rootGone
    this.#giveUpOn(isRootUnseen ? [tree.pid] : members.map(({ pid }) => pid), at)
  }

  /** What does not end must not be waited for for ever. */
  #giveUpOn(pids: readonly number[], at: number): void {
    if (this.#forcedAt === undefined || pids.length === 0) return
    const forMs = at - this.#forcedAt
    if (forMs < FOREIGN_PATIENCE_MS || (forMs < STUCK_PATIENCE_MS && !pids.every(isForeign))) return
    this.#notEnded = describeSurvivors(pids)
    this.#finish()
  }

  #afterLook(): void {
    this.#isLooking = false
    if (this.#isOver) return
    const at = now()
    const longest = this.#signalAt < at ? LONGEST_LOOK_AFTER_FORCE_MS : LONGEST_LOOK_MS
    // The end of a living main process will be told; until the next signal there is nothing to look for.
    const isWaitingForRoot = !this.tree.rootGone && this.#signalAt > at
    this.dueAt = this.#lookAgain ? at : isWaitingForRoot ? this.#signalAt : at + this.#lookAfter
    const giveUpAt = (this.#forcedAt ?? Number.POSITIVE_INFINITY) + FOREIGN_PATIENCE_MS
    for (const due of [this.#signalAt, giveUpAt]) if (due > at) this.dueAt = Math.min(this.dueAt, due)
    this.#lookAgain = false
    this.#lookAfter = Math.min(longest, this.#lookAfter * 2)
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

/** What was left of a job: how many processes there were, and one sentence on those that could not be ended. */
export interface TreeEnd {
  leftBehind: number
  notEnded?: string
}

/** Ends what is left of a job of an earlier service or runner; nothing is signalled that cannot be proved to be the job's. */
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
  const ending = new TreeEnding(root, 0, graceMs)
  await ending.done
  const { leftBehind, notEnded } = ending
  return { leftBehind, ...(notEnded !== undefined && { notEnded }) }
}

/** The main process is our child and has not been waited for, so its pid and its group's are surely its own. */
function signalLivingTree(pid: number, signal: Signal): void {
  if (onWindows) taskkill(pid)
  else send(-pid, signal)
}

async function signalProcess(member: ProcessInfo, signal: Signal): Promise<void> {
  if (await isStill(member)) send(member.pid, signal)
}

function send(pid: number, signal: Signal): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    // Gone meanwhile, or it has become another user's (sudo); neither can be helped.
    const code = errorCode(error)
    if (code !== 'ESRCH' && code !== 'EPERM') throw error
  }
}

/** Its failure shows in the process being still there at the next look. */
function taskkill(pid: number): void {
  const program = path.win32.join(process.env.SystemRoot ?? 'C:\\Windows', 'System32', 'taskkill.exe')
  execFile(program, taskkillArguments(pid), { windowsHide: true }, () => undefined)
}
