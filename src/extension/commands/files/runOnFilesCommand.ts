// “Run Command on Files…”: one job a file, by steps or by an argument.
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { t } from '@vscode/l10n'
import * as vscode from 'vscode'
import type { Job, JobSpec } from '../../../api'
import { isTexts } from '../../../core/base/records'
import { sentenceOf } from '../../../core/base/sentence'
import { LOCAL_QUEUE } from '../../../core/jobs/queueConfig'
import { countOf } from '../../../core/protocol/format'
import { runSteps } from '../../quickInput/multiStep'
import { selectedPython } from '../../settings/pythonInterpreter'
import { mayStartJobs } from '../../settings/trust'
import { nearSentence } from '../../settings/variables'
import { defaultCwd, onWindows, variableContexts } from '../../settings/workspaceContext'
import { endSentence } from '../../text/jobText'
import { streamOfInterest } from '../../text/notificationModel'
import type { Command, CommandContext } from '../common/commandContext'
import { hasCommand, optionOf } from '../common/targets'
import { checkCommandLine } from '../submit/commandModel'
import { misspellingsIn } from '../submit/misspelling'
import { queueChoices } from '../submit/submitCommand'
import {
  type ContextOf,
  checkPattern,
  type FilesDraft,
  parseAtOnce,
  patternOf,
  placedName,
  proposedName,
  specsOf,
} from './filesModel'
import { type FilesAnswers, filesSteps } from './filesSteps'
import { findFiles } from './findFiles'

/**
 * From the Explorer it takes the clicked file and the selected ones. It also takes
 * `{ command: command line, files: pattern or paths, saveAs?, queue?, concurrency?, name?, feed?: 'argument' | 'stdin', shell?: boolean }` and then
 * has no steps. Returns the id of the batch, or of the job that was tried.
 */
export const runOnFiles: Command = async (context, argument, selection) => {
  if (!mayStartJobs()) return undefined
  const python = await selectedPython(context.log)
  const contextOf: ContextOf = variableContexts()
  if (hasCommand(argument)) {
    const draft = await draftOfArgument(argument, contextOf)
    return runAll(context, draft, specsFor(draft, contextOf, python))
  }
  const clicked = urisOf(selection).length > 0 ? urisOf(selection) : urisOf([argument])
  const { files, folder } = await filesOf(clicked)
  const answers: FilesAnswers = {
    commandLine: '',
    inShell: false,
    feed: 'argument',
    files,
    saveAs: '',
    queue: LOCAL_QUEUE,
    concurrency: 0,
    pattern: folder === undefined ? '' : `${path.relative(defaultCwd(), folder) || '.'}/*`,
  }
  return runSteppedDraft(context, answers, contextOf, files.length > 0, python)
}

async function runSteppedDraft(
  context: CommandContext,
  draft: FilesAnswers,
  contextOf: ContextOf,
  given: boolean,
  python: string | undefined,
): Promise<string | undefined> {
  const title = given ? t`Run Command on ${countOf(draft.files.length, 'File')}` : t('Run Command on Files')
  const steps = filesSteps({
    history: context.filesHistory,
    contextOf,
    cwd: defaultCwd(),
    given,
    queues: await queueChoices(context),
    slots: context.client.summary?.concurrency,
    specsOf: answers => specsOf(answers, contextOf, python),
    proposeName: answers => proposeName(context, answers),
  })
  const answers = await runSteps(title, steps, draft)
  if (!answers?.decision) return undefined
  await context.filesHistory.add(answers.commandLine)
  try {
    const specs = specsOf(answers, contextOf, python)
    if (answers.decision.kind === 'all') return await runAll(context, answers, specs)
    const again = () => runSteppedDraft(context, answers, contextOf, given, python)
    return await tryOne(context, answers, specs, answers.decision.index, again)
  } catch (error) {
    void vscode.window.showErrorMessage(sentenceOf(error))
    return undefined
  }
}

/** Without a job service there is no batch that could have the name. */
async function proposeName({ client }: CommandContext, draft: FilesDraft): Promise<string> {
  const text = placedName(draft, defaultCwd())
  const { names } = client.isConnected ? await client.service.batchNames({ text }) : { names: [] }
  return proposedName(draft, defaultCwd(), names)
}

async function runAll(context: CommandContext, draft: FilesDraft, specs: readonly JobSpec[]): Promise<string> {
  await makeFolders(specs)
  const batch = context.api.submitBatch(specs, {
    name: draft.name ?? (await proposeName(context, draft)),
    collect: false,
    ...(draft.concurrency > 0 && { concurrency: draft.concurrency }),
  })
  await batch.jobs.at(-1)?.accepted
  return batch.id
}

async function makeFolders(specs: readonly JobSpec[]): Promise<void> {
  const folders = specs.map(({ stdout }) => (typeof stdout === 'object' ? path.dirname(stdout.file) : undefined))
  for (const folder of new Set(folders)) if (folder !== undefined) await mkdir(folder, { recursive: true })
}

/** Submits one job, and when it has ended offers the others; returns its id at once. */
async function tryOne(
  context: CommandContext,
  draft: FilesDraft,
  specs: readonly JobSpec[],
  index: number,
  again: () => Promise<string | undefined>,
): Promise<string | undefined> {
  const spec = specs[index]
  if (!spec) return undefined
  await makeFolders([spec])
  const job = context.api.submit(spec)
  context.notifications.mute(job.id)
  await job.accepted
  const rest = specs.filter(other => other !== spec)
  offerRest(context, draft, job, specs, rest, again).catch(error => context.log.error(sentenceOf(error)))
  return job.id
}

async function offerRest(
  context: CommandContext,
  draft: FilesDraft,
  job: Job<unknown>,
  all: readonly JobSpec[],
  rest: readonly JobSpec[],
  again: () => Promise<string | undefined>,
): Promise<void> {
  const { state } = await job.result
  const text = endSentence(job.info)
  const runRest = t`Run Remaining ${rest.length}`
  const runEvery = t`Run All ${all.length}`
  const change = t('Change…')
  const offered = streamOfInterest(job.info)
  const [showOutput, showErrors] = [t('Show Output'), t('Show Errors')]
  const show = offered ? [offered === 'stdout' ? showOutput : showErrors] : []
  const chosen =
    state === 'succeeded'
      ? await vscode.window.showInformationMessage(text, ...(rest.length > 0 ? [runRest] : []), ...show, runEvery)
      : await vscode.window.showWarningMessage(text, change, ...show, runEvery)
  if (chosen === undefined) return
  if (chosen === showOutput) await vscode.commands.executeCommand('headlessJobs.showOutput', job.id)
  else if (chosen === showErrors) await vscode.commands.executeCommand('headlessJobs.showErrors', job.id)
  else if (!mayStartJobs()) return
  else if (chosen === change) await again()
  else await runAll(context, draft, chosen === runRest ? rest : all)
}

function urisOf(value: unknown): vscode.Uri[] {
  return Array.isArray(value) ? value.filter(item => item instanceof vscode.Uri && item.scheme === 'file') : []
}

/** The files among the clicked items; a single clicked folder is where a pattern begins. */
async function filesOf(uris: readonly vscode.Uri[]): Promise<{ files: string[]; folder: string | undefined }> {
  const types = await Promise.all(uris.map(uri => vscode.workspace.fs.stat(uri).then(found => found.type)))
  const files = uris.filter((_, index) => ((types[index] ?? 0) & vscode.FileType.Directory) === 0)
  return { files: files.map(uri => uri.fsPath), folder: files.length === 0 ? uris[0]?.fsPath : undefined }
}

/** Throws a sentence that names what is wrong. */
async function draftOfArgument(argument: Record<string, unknown>, contextOf: ContextOf): Promise<FilesDraft> {
  const { command: commandLine, files } = argument
  if (typeof commandLine !== 'string') throw new TypeError(t('runOnFiles: command must be a string, the command line.'))
  const { note } = checkCommandLine(commandLine)
  if (note) throw new TypeError(`runOnFiles: ${note.message}`)
  const context = contextOf('')
  const [misspelling] = misspellingsIn(commandLine, context.env)
  if (misspelling) throw new TypeError(`runOnFiles: ${nearSentence(misspelling.written, misspelling.near)}`)
  const paths = isTexts(files) ? files : undefined
  if (!paths && typeof files !== 'string')
    throw new TypeError(t('runOnFiles: files must be a pattern or a list of paths.'))
  const found =
    paths?.map(file => path.resolve(defaultCwd(), file)) ??
    (await findFiles(patternOf(files as string, context), defaultCwd())).files
  if (found.length === 0) throw new Error(t`No file matches ${String(files)} below ${defaultCwd()}.`)
  const concurrency = optionOf(argument, 'concurrency', 'number') ?? 0
  const atOnce = parseAtOnce(String(concurrency || 'auto'))
  if (typeof atOnce === 'string') throw new TypeError(t`runOnFiles: concurrency cannot be ${concurrency}. ${atOnce}`)
  const feed = optionOf(argument, 'feed', 'string') ?? 'argument'
  if (feed !== 'argument' && feed !== 'stdin') throw new TypeError(t("runOnFiles: feed must be 'argument' or 'stdin'."))
  const name = optionOf(argument, 'name', 'string')
  return {
    commandLine,
    ...(name && { name }),
    ...(typeof files === 'string' && { pattern: files }),
    inShell: optionOf(argument, 'shell', 'boolean') ?? false,
    feed,
    files: found,
    saveAs: optionOf(argument, 'saveAs', 'string') ?? '',
    queue: optionOf(argument, 'queue', 'string') ?? LOCAL_QUEUE,
    concurrency: atOnce,
  }
}

function specsFor(draft: FilesDraft, contextOf: ContextOf, python: string | undefined): JobSpec[] {
  const note = checkPattern(draft, contextOf, onWindows || process.platform === 'darwin')
  if (note) throw new Error(note.message)
  return specsOf(draft, contextOf, python)
}
