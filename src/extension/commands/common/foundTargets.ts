// The jobs that a typed filter finds, as targets of a command, and the question before something is done to many.
import type { ServiceClient } from '../../../client/connection/serviceClient'
import { showModal } from '../../quickInput/modal'
import { optionOf, type Targets } from './targets'

/** Cancelling more jobs than this, or doing anything to more that were selected or found, needs a confirmation. */
export const CONFIRM_ABOVE = 20

/**
 * Those of `{ find: 'state:failed' }`, by their ids: what is submitted or changes later is not meant.
 * @returns `undefined` when the argument has no such filter
 */
export async function foundTargets(client: ServiceClient, argument: unknown): Promise<Targets | undefined> {
  const text = optionOf(argument, 'find', 'string')
  if (text === undefined) return undefined
  const { ids } = await client.service.findJobs({ text })
  return { ids, batchIds: [], all: false }
}

/** Whether several rows are meant, which may be many jobs: a single row shows how many it is. */
export function isSelection({ ids, batchIds }: Targets): boolean {
  return ids.length + batchIds.length > 1
}

export interface ManyQuestion {
  /** As `Cancel 30 jobs?` */
  question(count: number): string
  /** The label of the button that does it, as `Cancel 30 Jobs`. */
  act(count: number): string
  detail: string
  /** The label of the button that does nothing. */
  keep: string
}

/** Asks about more than a few. No two buttons have the same verb. */
export async function confirmMany(count: number, { question, act, detail, keep }: ManyQuestion): Promise<boolean> {
  if (count <= CONFIRM_ABOVE) return true
  return (await showModal(question(count), detail, keep, act(count))) === act(count)
}
