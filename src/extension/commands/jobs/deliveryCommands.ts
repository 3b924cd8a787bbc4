// “Deliver Again”: results that their handlers have not taken are handed to them once more.
import { t } from '@vscode/l10n'
import * as vscode from 'vscode'
import { groupDigits, plural } from '../../../core/protocol/format'
import type { Command } from '../common/commandContext'
import { parseTargets } from '../common/targets'

/** Takes jobs and batches as other commands do, or delivers all again; returns how many results. */
export const deliverAgain: Command = async ({ client }, argument) => {
  const isAll = argument === undefined || argument === null
  const targets = parseTargets(argument)
  if (!isAll && !targets) throw new TypeError(t('Jobs and batches are named as in { ids: [id], batchIds: [id] }.'))
  const ids = targets && !targets.all ? { ids: [...targets.ids, ...targets.batchIds] } : {}
  const { results } = await client.service.deliverAgain(ids)
  const again = plural(
    results,
    t('1 result is delivered again.'),
    t`${groupDigits(results)} results are delivered again.`,
  )
  const none = t('There is nothing to deliver again: no result has been refused by its handler.')
  if (isAll || results === 0) void vscode.window.showInformationMessage(results === 0 ? none : again)
  return results
}
