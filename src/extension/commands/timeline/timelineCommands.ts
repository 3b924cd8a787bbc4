// “Open Timeline”: what ran when, in an editor tab.
import { t } from '@vscode/l10n'
import type { Command } from '../common/commandContext'
import { clickedAlone, parseTargets } from '../common/targets'

/** Of the batch in `{ batchId }`, or of all jobs. */
export const openTimeline: Command = async ({ client, timelines }, argument) => {
  const [id] = parseTargets(clickedAlone(argument))?.batchIds ?? []
  if (id === undefined) {
    timelines.open({})
    return
  }
  const batch = await client.service.getBatch({ id })
  if (!batch) throw new Error(t('There is no batch {0} in the history.', id))
  timelines.open({ batch: { id, name: batch.name } })
}
