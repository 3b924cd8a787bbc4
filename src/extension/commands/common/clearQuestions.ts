// What is asked before results leave the history that somebody may still want.
import { t } from '@vscode/l10n'
import { groupDigits, plural } from '../../../core/protocol/format'
import { showModal } from '../../quickInput/modal'

/** What to do with results that are nowhere else. */
export async function askAboutUnsaved(unsaved: number): Promise<'save' | 'delete' | undefined> {
  const [save, remove] = [t('Save to Folder…'), t('Delete')]
  const chosen = await showModal(
    plural(
      unsaved,
      t('Delete a result that was not saved?'),
      t`Delete ${groupDigits(unsaved)} results that were not saved?`,
    ),
    plural(
      unsaved,
      t('It exists nowhere but in the history of Headless Jobs.'),
      t('They exist nowhere but in the history of Headless Jobs.'),
    ),
    plural(unsaved, t('Keep Result'), t('Keep Results')),
    save,
    remove,
  )
  return chosen === undefined ? undefined : chosen === remove ? 'delete' : 'save'
}

/**
 * What to do with results that a handler is still to get.
 * @param all how many jobs are to be cleared, these among them
 */
export async function askAboutAwaited(awaited: number, all: number): Promise<'all' | 'others' | undefined> {
  const [clear, others] = [t('Clear All'), t('Clear the Others')]
  const chosen = await showModal(
    plural(
      awaited,
      t('Clear a job whose result an extension is still to get?'),
      t`Clear ${groupDigits(awaited)} jobs whose results an extension is still to get?`,
    ),
    t('The extension would not get them any more, and of their batches only what is left.'),
    t('Keep in List'),
    ...(all > awaited ? [others, clear] : [clear]),
  )
  return chosen === undefined ? undefined : chosen === clear ? 'all' : 'others'
}
