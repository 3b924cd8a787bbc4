// The commands by their ids.
import * as vscode from 'vscode'
import { sentenceOf } from '../../core/base/sentence'
import type { Command, CommandContext } from './common/commandContext'
import { runOnFiles } from './files/runOnFilesCommand'
import { showAttempts } from './jobs/attemptCommands'
import { cancel, cancelAll, clear, clearFinished, rerun, rerunFailed, runRemaining } from './jobs/jobCommands'
import { copyCommand, copyPid, saveInput, showErrors, showOutput } from './jobs/outputCommands'
import { saveResults } from './jobs/saveCommands'
import { runDemo } from './service/demoCommand'
import { pauseQueue, resumeQueue, setConcurrency } from './service/queueCommands'
import { showLog, showServiceStatus } from './service/serviceCommands'
import { stopWorkers } from './service/workerCommands'
import { rerunWithChanges, submit } from './submit/submitCommand'

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
