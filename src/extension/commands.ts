// The commands by their ids. Runs in the window.
import * as vscode from 'vscode'
import { showAttempts } from './attemptCommands'
import type { Command, CommandContext } from './commandContext'
import { sentenceOf } from './commandModel'
import { runDemo } from './demoCommand'
import { cancel, cancelAll, clear, clearFinished, rerun, rerunFailed, runRemaining } from './jobCommands'
import { copyCommand, copyPid, saveInput, showErrors, showOutput } from './outputCommands'
import { pauseQueue, resumeQueue, setConcurrency } from './queueCommands'
import { runOnFiles } from './runOnFilesCommand'
import { saveResults } from './saveCommands'
import { showLog, showServiceStatus } from './serviceCommands'
import { rerunWithChanges, submit } from './submitCommand'
import { stopWorkers } from './workerCommands'

const commands: Readonly<Record<string, Command>> = {
  submit,
  runOnFiles,
  cancel,
  cancelAll,
  rerun,
  rerunFailed,
  runRemaining,
  rerunWithChanges,
  clear,
  clearFinished,
  saveResults,
  pauseQueue,
  resumeQueue,
  setConcurrency,
  stopWorkers,
  showOutput,
  showErrors,
  showAttempts,
  copyCommand,
  copyPid,
  saveInput,
  runDemo,
  showLog,
  showServiceStatus,
}

/** What a command throws is logged, and told to its caller: VS Code shows it when that is a person. */
export function registerCommands(context: CommandContext): vscode.Disposable {
  const registrations = Object.entries(commands).map(([name, command]) =>
    vscode.commands.registerCommand(`headlessJobs.${name}`, async (...args: unknown[]) => {
      try {
        return await command(context, ...args)
      } catch (error) {
        context.log.error(`headlessJobs.${name}: ${sentenceOf(error)}`)
        throw error
      }
    }),
  )
  return vscode.Disposable.from(...registrations)
}

/** Runs a command on behalf of a person, who is told when it fails. */
export function runForUser(command: string, ...args: readonly unknown[]): void {
  const tell = (error: unknown) => void vscode.window.showErrorMessage(sentenceOf(error))
  vscode.commands.executeCommand(command, ...args).then(undefined, tell)
}
