// “Show Failed…”: lists jobs that have failed, and opens what one of them wrote.
import { t } from '@vscode/l10n'
import { failedStates } from '../../../core/jobs/job'
import type { Command } from '../common/commandContext'
import { pickJob } from '../common/jobPicker'
import { parseTargets } from '../common/targets'
import { showErrors, showOutput } from './showCommands'

/** Of all jobs that have failed, or of those in `{ ids }` or `{ batchId }`, the user picks one. */
export const showFailed: Command = async (context, argument) => {
  const { ids, batchIds } = parseTargets(argument) ?? { ids: [], batchIds: [] }
  const within = { ...(ids.length > 0 && { ids }), ...(batchIds[0] !== undefined && { batchId: batchIds[0] }) }
  const job = await pickJob(context, within, {
    placeholder: t('Which failed job is to be shown?'),
    states: failedStates,
    none:
      argument === undefined ? t('No job has failed.') : t('None of these jobs has failed, or they were run again.'),
  })
  return job && (job.stderrBytes > 0 ? showErrors : showOutput)(context, job.id)
}
