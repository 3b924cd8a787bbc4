// The start of the job service: settles what an earlier one left, then starts what may start.
import { isId } from '../../core/base/uuid'
import { isFinal } from '../../core/jobs/job'
import { bootId, isSameBoot } from '../base/bootId'
import type { Batches } from '../jobs/batches'
import type { Holds } from '../scheduling/holds'
import type { Sessions } from '../sessions/sessions'
import type { ArrayFiles } from '../state/arrayFiles'
import type { Settings } from '../state/machineSettings'
import type { Store } from '../store/store'
import { type RecoveryParts, recover } from './recovery'

/** In the store: whether the service that wrote it last has closed it. */
const ENDED_WELL = 'endedWell'
/** In the store: whether a person had paused the queue. */
const PAUSED = 'paused'
/** In the store: in which start of the machine it was written. */
const BOOT = 'boot'

export interface OpeningParts extends RecoveryParts {
  readonly arrays: ArrayFiles
  readonly batches: Batches
  readonly holds: Holds
  readonly sessions: Sessions
  readonly settings: Settings
}

export function openService(parts: OpeningParts): void {
  const { arrays, batches, holds, ledger, sessions, settings, store } = parts
  const { afterServiceCrash, killGraceSeconds } = settings.values
  const endedWell = store.getMeta(ENDED_WELL) !== 'no'
  store.setMeta(ENDED_WELL, 'no')
  const storedBoot = store.getMeta(BOOT)
  const boot = bootId()
  const mayKnowPids = isSameBoot(storedBoot, boot)
  const isRestarted = storedBoot !== undefined && !mayKnowPids
  const recovered = recover(parts, { graceMs: killGraceSeconds * 1000, mayKnowPids, isRestarted })
  store.setMeta(BOOT, boot) // after what pids of an earlier start are not needed for any more
  for (const batch of batches.all) {
    if (batch.record.sealed === 'open') sessions.expect(batch.record.session)
    ledger.checkComplete(batch) // an earlier service may have missed its end
  }
  void sweepArrays(arrays, store)
  holds.recoverUntil(recovered.settled)
  if (store.getMeta(PAUSED) === 'yes') holds.pause(true)
  const isUnexpected = !endedWell || isRestarted
  if (isUnexpected && recovered.queued > 0 && afterServiceCrash === 'pause')
    holds.pauseAfterCrash({ lost: recovered.lost, isRestarted })
}

/** Removes files of jobs that are not in the store any more. */
async function sweepArrays(arrays: ArrayFiles, store: Store): Promise<void> {
  const state = (id: string) => store.jobById(id)?.state
  await arrays.sweep(
    id => !isId(id) || state(id) !== undefined,
    id => isId(id) && isFinal(state(id) ?? 'queued'),
  )
}

/** What a person decides holds for the next service, too, also when this one crashes. */
export function setPaused({ holds, store }: Pick<OpeningParts, 'holds' | 'store'>, isPaused: boolean): void {
  holds.pause(isPaused)
  store.setMeta(PAUSED, isPaused ? 'yes' : 'no')
}

export function closeStore(store: Store, isPaused: boolean): void {
  store.setMeta(PAUSED, isPaused ? 'yes' : 'no')
  store.setMeta(ENDED_WELL, 'yes')
  if (!store.close()) console.log('The last changes could not be written to the store.')
}
