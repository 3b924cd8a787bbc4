// What an extension makes as the input of a job, or a sentence that says why there is none, as an answer to the service.
import { t } from '@vscode/l10n'
import type { JobInput } from '../../api'
import type { InputAnswer } from '../../core/protocol/protocol'
import type { ServiceClient } from '../connection/serviceClient'
import { TooLargeError } from '../connection/serviceConnection'
import { orLate } from '../connection/untilKnown'
import { checkInput } from '../values/checkSpec'
import { type InputOwner, storeJobInput } from '../values/jobInput'
import { reasonOf } from '../values/reasonOf'
import type { ValueFolders } from '../values/values'

export interface InputOrder {
  readonly job: InputOwner
  /** What makes it, as sentences call it behind “the”. */
  readonly maker: string
  make(): JobInput | Promise<JobInput>
  /** Asked when it has been made: what is not wanted any more leaves no file. */
  isWanted(): boolean
}

/** @returns `undefined` when it is not wanted any more */
export async function makeAnswer(order: InputOrder, folders: ValueFolders): Promise<InputAnswer | undefined> {
  const { job, maker } = order
  const { id } = job
  let input: JobInput
  try {
    input = await order.make()
  } catch (error) {
    return order.isWanted() ? { id, error: t`The ${maker} threw: ${reasonOf(error)}` } : undefined
  }
  if (!order.isWanted()) return undefined
  try {
    checkInput(input, job.protocol)
    return { id, input: await storeJobInput(input, job, folders) }
  } catch (error) {
    return { id, error: t`What the ${maker} returned cannot be sent: ${reasonOf(error)}` }
  }
}

/** Rejects when it has not arrived. */
export async function sendAnswer({ service }: ServiceClient, answer: InputAnswer, maker: string): Promise<void> {
  const send = (one: InputAnswer) => orLate(service.provideInput({ answers: [one] }))
  try {
    await send(answer)
  } catch (error) {
    if (!(error instanceof TooLargeError)) throw error
    await send({ id: answer.id, error: t`What the ${maker} returned cannot be sent: ${error.message}` })
  }
}
