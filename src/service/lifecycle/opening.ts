// The start of the job service: settles what an earlier one left, then starts what may start.
import { isId } from '../../core/base/uuid'
import { isFinal } from '../../core/jobs/job'
import type { Batches } from '../jobs/batches'
import type { Holds } from '../scheduling/holds'
import type { Sessions } from '../sessions/sessions'
import type { ArrayFiles } from '../state/arrayFiles'
import type { Settings } from '../state/machineSettings'
import type { Store } from '../store/store'
import { type RecoveryParts, recover } from './recovery'

/** In the store: whether the service that wrote it last has closed it. */
const ENDED_WELL = 'endedWell'

export interface OpeningParts extends RecoveryParts {
  readonly arrays: ArrayFiles
  readonly batches: Batches
  readonly holds: Holds
  readonly sessions: Sessions
  readonly settings: Settings
}

export function openService(parts: OpeningParts): void {
  const { arrays, batches, holds, sessions, settings, store } = parts
  const { afterServiceCrash, killGraceSeconds } = settings.values
  const endedWell = store.getMeta(ENDED_WELL) !== 'no'
  store.setMeta(ENDED_WELL, 'no')
  const recovered = recover(parts, killGraceSeconds * 1000)
  for (const { record } of batches.all) if (record.sealed === 'open') sessions.expect(record.session)
  void sweepArrays(arrays, store)
  holds.recoverUntil(recovered.settled)
  if (!endedWell && recovered.queued > 0 && afterServiceCrash === 'pause') holds.pauseAfterCrash(recovered.lost)
}

/** Removes files of jobs that are not in the store any more. */
async function sweepArrays(arrays: ArrayFiles, store: Store): Promise<void> {
  const state = (id: string) => store.jobById(id)?.state
  await arrays.sweep(
    id => !isId(id) || state(id) !== undefined,
    id => isId(id) && isFinal(state(id) ?? 'queued'),
  )
}

export function closeStore(store: Store): void {
  store.setMeta(ENDED_WELL, 'yes')
  if (!store.close()) console.log('The last changes could not be written to the store.')
}
