// Handlers that are named in specs: their ids, and the JSON that goes with them.
import { t } from '@vscode/l10n'
import { isRecord } from '../../core/base/records'

const HANDLER_ID = /^[^.\s/]+\.[^.\s/]+\/\S+$/

/** What is wrong with a `{ id, context }` of a spec. */
export function namedHandlerProblem(value: unknown): string | undefined {
  if (!isRecord(value)) return t('must be { id, context }')
  return handlerIdProblem(value.id) ?? contextProblem(value.context)
}

/** As `stdin` of a spec. */
export interface NamedInput {
  handler: string
  context?: unknown
}

/** Whether an input is to be made by the handler of a name. */
export function isNamedInput(input: unknown): input is NamedInput {
  return isRecord(input) && 'handler' in input && !('file' in input || 'json' in input || 'value' in input)
}

/** What is wrong with a `{ handler, context }` of a spec. */
export function namedInputProblem({ handler, context }: NamedInput): string | undefined {
  return handlerIdProblem(handler) ?? contextProblem(context)
}

/** What is wrong with the id of a handler; it reads behind the name of the field. */
export function handlerIdProblem(id: unknown): string | undefined {
  if (typeof id === 'string' && HANDLER_ID.test(id)) return undefined
  return t`must have the id of a handler, 'publisher.extension/name', not ${JSON.stringify(id)}`
}

/** @throws TypeError when an extension registers a handler that is not its own */
export function checkHandlerId(what: string, id: unknown, owner: string): asserts id is string {
  const problem = handlerIdProblem(id)
  if (problem) throw new TypeError(t`${what}: it ${problem}.`)
  if (!String(id).startsWith(`${owner}/`))
    throw new TypeError(t`${what}: the id ${JSON.stringify(id)} must begin with '${owner}/', the id of your extension.`)
}

function contextProblem(context: unknown): string | undefined {
  if (context === undefined) return undefined
  try {
    return JSON.stringify(context) === undefined ? t('must have a context that is JSON') : undefined
  } catch (error) {
    return t`must have a context that is JSON: ${(error as Error).message.split('\n', 1).join()}`
  }
}
