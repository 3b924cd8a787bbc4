// “Choose Columns…”: which columns the view has where it is wide enough.
import { t } from '@vscode/l10n'
import * as vscode from 'vscode'
import { isRecord } from '../../../core/base/records'
import { type Column, columns } from '../../../core/pages/jobsPage'
import { readColumns, writeColumns } from '../../settings/settings'
import { columnsOf } from '../../settings/settingsModel'
import type { Command } from '../common/commandContext'

/** Takes `{ columns }`, or lets the user choose; changes the setting and returns them. */
export const chooseColumns: Command = async (_, argument) => {
  const given = isRecord(argument) ? argument.columns : undefined
  const chosen = given === undefined ? await pick() : columnsOf(given)
  if (chosen) await writeColumns(chosen)
  return chosen
}

async function pick(): Promise<readonly Column[] | undefined> {
  const names: Readonly<Record<Column, readonly [label: string, description: string]>> = {
    started: [t('Started'), t('when it began')],
    cpu: [t('CPU'), t('processor time so far')],
    memory: [t('Memory'), t('now, or the most of an ended job')],
    attempt: [t('Attempt'), t('its number')],
    queue: [t('Queue'), t('in which it waits, or ran')],
    exit: [t('Exit'), t('exit code or signal')],
  }
  const shown = readColumns()
  const items = columns.map(column => {
    const [label, description] = names[column]
    return { label, description, column, picked: shown.includes(column) }
  })
  const chosen = await vscode.window.showQuickPick(items, {
    title: t('Choose Columns'),
    placeHolder: t('Columns of the view where it is wide enough, as in the panel'),
    canPickMany: true,
    ignoreFocusOut: true,
  })
  return chosen?.map(({ column }) => column)
}
