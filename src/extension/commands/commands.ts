// The commands by their ids.
import * as vscode from 'vscode'
import { sentenceOf } from '../../core/base/sentence'
import type { Command, CommandContext } from './common/commandContext'
import { runOnFiles } from './files/runOnFilesCommand'
import { showAttempts } from './jobs/attemptCommands'
import { chooseColumns } from './jobs/columnCommands'
import { copyCommand, copyPid, saveInput } from './jobs/copyCommands'
import { deliverAgain } from './jobs/deliveryCommands'
import { exportResults } from './jobs/exportCommand'
import { showFailed } from './jobs/failedCommands'
import { openJobFile } from './jobs/fileCommands'
import { find, nextFailure, previousFailure } from './jobs/findCommands'
import { cancel, cancelAll, clear, clearFinished, rerun, rerunFailed, runRemaining } from './jobs/jobCommands'
import { goToEnd, saveOutput, showBeginning, showEarlierPart, showLaterPart } from './jobs/partCommands'
import { moveToFront, setPriority } from './jobs/priorityCommands'
import { saveResults } from './jobs/saveCommands'
import { showErrors, showOutput, showStdout } from './jobs/showCommands'
import { showSlurmJobs } from './service/allocationCommands'
import { openExample, runDemo } from './service/demoCommand'
import { configureQueues, pauseQueue, resumeQueue, setConcurrency, showQueues } from './service/queueCommands'
import { showLog, showServiceStatus } from './service/serviceCommands'
import { testQueue } from './service/testQueueCommand'
import { stopWorkers } from './service/workerCommands'
import { rerunWithChanges, submit } from './submit/submitCommand'
import { exportReport } from './timeline/reportCommand'
import { openTimeline } from './timeline/timelineCommands'

const commands: Readonly<Record<string, Command>> = {
  submit,
  runOnFiles,
  cancel,
  cancelAll,
  rerun,
  rerunFailed,
  runRemaining,
  rerunWithChanges,
  moveToFront,
  setPriority,
  clear,
  clearFinished,
  saveResults,
  exportResults,
  exportReport,
  openTimeline,
  deliverAgain,
  pauseQueue,
  resumeQueue,
  setConcurrency,
  showQueues,
  configureQueues,
  testQueue,
  showSlurmJobs,
  stopWorkers,
  showOutput,
  showStdout,
  showErrors,
  showBeginning,
  showEarlierPart,
  showLaterPart,
  goToEnd,
  saveOutput,
  showFailed,
  find,
  chooseColumns,
  nextFailure,
  previousFailure,
  showAttempts,
  copyCommand,
  copyPid,
  openJobFile,
  saveInput,
  runDemo,
  openExample,
  showLog,
  showServiceStatus,
}

/** Errors of commands are logged and rethrown: VS Code shows them when the user ran the command. */
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

/** Runs a command for the user, and shows its error. */
export function runForUser(command: string, ...args: readonly unknown[]): void {
  const show = (error: unknown) => void vscode.window.showErrorMessage(sentenceOf(error))
  vscode.commands.executeCommand(command, ...args).then(undefined, show)
}
