// What a bar is drawn as, by the state of its job.
import { jobStates } from '../jobs/job'

/** In this order: where several share a place, the last one is seen, so that no failure is hidden. */
export const barKinds = ['succeeded', 'cancelled', 'running', 'lost', 'failed'] as const
export type BarKind = (typeof barKinds)[number]

/** @param state index in `jobStates` */
export function barKind(state: number): BarKind {
  const name = jobStates[state]
  if (name === 'dependencyFailed') return 'failed'
  return barKinds.find(kind => kind === name) ?? 'running'
}
