// Commands of an open output: other parts of a long one, its end, and all of it as a file.
import path from 'node:path'
import { t } from '@vscode/l10n'
import * as vscode from 'vscode'
import { OUTPUT_SCHEME } from '../../outputs/outputAddress'
import type { Move } from '../../text/outputStretch'
import type { Command, CommandContext } from '../common/commandContext'
import { pickFile } from './pickFile'

function move(where: Move): Command {
  return ({ outputs }, argument) => {
    const uri = outputOf(argument)
    if (uri) outputs.move(uri, where)
  }
}

export const showBeginning = move('beginning')
export const showEarlierPart = move('earlier')
export const showLaterPart = move('later')
export const goToEnd = move('end')

/** Saves the whole stream, of which the document may show a part; returns the file. */
export const saveOutput: Command = async (context: CommandContext, argument) => {
  const uri = outputOf(argument)
  const target = uri && (await context.documents.targetOf(uri))
  if (!uri || !target) return undefined
  const spec = await context.client.service.getSpec({ id: target.id })
  const file = await pickFile(spec?.cwd ?? '', spec?.name ?? '', path.posix.basename(uri.path))
  if (!file) return undefined
  const title = t`Saving ${file.fsPath}`
  await vscode.window.withProgress({ location: vscode.ProgressLocation.Window, title }, () =>
    context.documents.source.save(target, file.fsPath),
  )
  return file.toString()
}

/** Of the argument, as menus and links give it, or of the active editor; a sentence where it is none. */
function outputOf(argument: unknown): vscode.Uri | undefined {
  const given = typeof argument === 'string' ? vscode.Uri.parse(argument) : argument
  const uri = given instanceof vscode.Uri ? given : vscode.window.activeTextEditor?.document.uri
  if (uri?.scheme === OUTPUT_SCHEME) return uri
  void vscode.window.showInformationMessage(t('Open the output of a job first: “Headless Jobs: Show Output”.'))
  return undefined
}
