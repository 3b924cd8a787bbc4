// Commands that find jobs in the view.
import { t } from '@vscode/l10n'
import { MAX_FILTER_LENGTH } from '../../../core/protocol/filterText'
import type { Command } from '../common/commandContext'
import { optionOf } from '../common/targets'

/** Shows the filter of the view. Takes `{ text }`, which it then has in it. */
export const find: Command = ({ view }, argument) => {
  const text = optionOf(argument, 'text', 'string')
  if (text !== undefined && text.length > MAX_FILTER_LENGTH)
    throw new TypeError(t`text has ${text.length} characters; a filter has at most ${MAX_FILTER_LENGTH}.`)
  view.send({ type: 'find', ...(text !== undefined && { text }) })
}

export const nextFailure: Command = ({ view }) => view.send({ type: 'stepFailure', by: 1 })
export const previousFailure: Command = ({ view }) => view.send({ type: 'stepFailure', by: -1 })
