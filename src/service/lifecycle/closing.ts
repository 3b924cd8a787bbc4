// The end of the job service in good order: what runs is stopped, what is queued stays queued, and every wait has a limit.
import type { EndedBy } from '../../api'
import { pause } from '../../core/base/pause'
import { extensionOf } from '../../core/jobs/job'
import { MAKE_WAY_MS } from '../../core/protocol/limits'
import { longestEndMs } from '../../run/os/treeTermination'
import { writeLeftWork } from '../base/leftWork'
import type { StatePaths } from '../base/paths'
import { becomesTrue } from '../base/waits'
import type { JobRecord } from '../store/records'
import type { Store } from '../store/store'
import type { CancelFacts } from './activeJobs'
import { closeStore } from './opening'

/** How long each step takes at most, besides the ends of jobs. */
const STEP_MS = 10_000

export interface ClosingParts {
  readonly paths: Pick<StatePaths, 'left'>
  readonly store: Store
  readonly ledger: { readonly counts: { readonly queued?: number } }
  readonly queue: { readonly wantedHandlers: Iterable<string>; readonly waitingForHandlers: number }
  readonly meanwhile: { readonly workspaces: readonly string[] }
  readonly holds: { readonly isPaused: boolean; readonly makesWay: boolean; drain(): void }
  readonly gate: { readonly used: number }
  readonly settings: { readonly values: { readonly killGraceSeconds: number } }
  readonly activeJobs: {
    readonly all: Iterable<JobRecord>
    stop(job: JobRecord, endedBy: EndedBy, why: CancelFacts): void
  }
  readonly sessionWorkers: { close(): void }
  readonly updates: { close(): void }
  readonly machineUsage: { close(): void }
  readonly runners: { close(): void }
  readonly remotes: { close(): void; outlivesService(queue: string | undefined): boolean }
  readonly arrays: { close(): Promise<void> }
}

export async function closeService(parts: ClosingParts): Promise<void> {
  await stopAll(parts)
  parts.updates.close()
  parts.machineUsage.close()
  parts.runners.close()
  parts.remotes.close()
  await Promise.race([parts.arrays.close(), pause(STEP_MS)]) // the next service moves the others
  leaveWord(parts)
  closeStore(parts.store, parts.holds.isPaused)
}

/** Resolves when no job holds a slot any more, or none can be expected to release it. */
async function stopAll({ holds, gate, remotes, settings, activeJobs, sessionWorkers }: ClosingParts): Promise<void> {
  holds.drain()
  sessionWorkers.close()
  const ends = () => [...activeJobs.all].filter(({ spec }) => !remotes.outlivesService(spec.queue))
  for (const job of ends()) activeJobs.stop(job, 'shutdown', { cancelReason: 'The job service was ended.' })
  const limitMs = longestEndMs(settings.values.killGraceSeconds * 1000) + STEP_MS
  if (await becomesTrue(() => gate.used === 0 && ends().length === 0, limitMs)) return
  for (const { spec, facts } of ends()) console.error(`Still there: ${spec.name}, process ${facts.pid}.`)
}

/** A window that is opened later starts another service if there is something for it. */
function leaveWord({ holds, ledger, meanwhile, paths, queue, store }: ClosingParts): void {
  const handlers = [...store.deliveries.handlers(), ...queue.wantedHandlers]
  const extensions = [...new Set(handlers.map(extensionOf))]
  const queued = (ledger.counts.queued ?? 0) - queue.waitingForHandlers
  try {
    writeLeftWork(paths.left, {
      ...{ queued, extensions, workspaces: meanwhile.workspaces },
      ...(holds.makesWay && { reservedUntil: Date.now() + MAKE_WAY_MS }),
    })
  } catch (error) {
    console.log(`What is left to do could not be written: ${(error as Error).message}`)
  }
}
