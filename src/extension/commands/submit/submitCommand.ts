// “Submit Job…” and “Rerun with Changes…”: one job, by steps or by an argument.
import { t } from '@vscode/l10n'
import * as vscode from 'vscode'
import type { JobSpec } from '../../../api'
import { sentenceOf } from '../../../core/base/sentence'
import type { StoredInput } from '../../../core/jobs/job'
import { queueNames } from '../../../core/jobs/queueConfig'
import { formatBytes } from '../../../core/protocol/format'
import { selectedPython } from '../../settings/pythonInterpreter'
import { readQueueSetting } from '../../settings/settings'
import { mayStartJobs } from '../../settings/trust'
import { activeFile, variableContexts } from '../../settings/workspaceContext'
import { finalStates } from '../../text/jobText'
import type { Command, CommandContext } from '../common/commandContext'
import { jobOf } from '../common/jobPicker'
import { hasCommand } from '../common/targets'
import type { QueueChoices } from './queueStep'
import { changesOf, draftOf, emptyDraft, specOf } from './submitModel'
import { runSubmitSteps } from './submitSteps'

/** Takes a `JobSpec`, or asks the user by steps; returns the job's id, once the job service has it. */
export const submit: Command = async (context, argument) => {
  if (!mayStartJobs()) return undefined
  if (hasCommand(argument)) return accepted(context, argument as unknown as JobSpec)
  const variables = variableContexts()(activeFile())
  const queues = await queueChoices(context)
  const questions = { title: t('Submit Job'), history: context.submitHistory, context: variables, queues }
  const draft = await runSubmitSteps(questions, { ...emptyDraft })
  if (!draft) return undefined
  await context.submitHistory.add(draft.commandLine)
  return showingErrors(async () => accepted(context, specOf(draft, variables, await selectedPython(context.log))))
}

/** With what the job service says of them, if one runs. */
export async function queueChoices({ client }: CommandContext): Promise<QueueChoices> {
  await client.connect({ start: false })
  return { names: queueNames(readQueueSetting()), infos: client.summary?.queues }
}

async function accepted({ api }: CommandContext, spec: JobSpec): Promise<string> {
  const job = api.submit(spec)
  await job.accepted
  return job.id
}

/** Shows an error to the user instead of throwing it. */
async function showingErrors<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    void vscode.window.showErrorMessage(sentenceOf(error))
    return undefined
  }
}

/** Runs an ended job again with other answers to the same questions; returns the id of the new job. */
export const rerunWithChanges: Command = async (context, argument) => {
  if (!mayStartJobs()) return undefined
  const job = await jobOf(context, argument, {
    placeholder: t('Which job is to be run again with changes?'),
    states: finalStates,
    none: t('No job has ended yet.'),
  })
  if (!job) return undefined
  const { client } = context
  const spec = await client.service.getSpec({ id: job.id })
  if (!spec) return undefined
  const variables = variableContexts(spec.cwd)(spec.env?.file ?? activeFile())
  const draft = await runSubmitSteps(
    {
      title: t`Rerun ${job.name} with Changes`,
      history: context.submitHistory,
      context: variables,
      queues: await queueChoices(context),
      ...(spec.stdin && { sameInput: describeInput(spec.stdin) }),
    },
    draftOf(spec),
  )
  if (!draft) return undefined
  await context.submitHistory.add(draft.commandLine)
  return showingErrors(async () => {
    const changes = changesOf(spec, draft, variables, await selectedPython(context.log))
    const filter = { ids: [job.id] }
    const { jobs } = await client.service.rerun({ filter, environment: client.environmentHash, changes })
    return jobs[0]?.id
  })
}

function describeInput(stdin: StoredInput): string {
  if ('file' in stdin) return stdin.owned ? t('the bytes it was given') : stdin.file
  if ('text' in stdin) return t`${formatBytes(Buffer.byteLength(stdin.text))} of text`
  return 'base64' in stdin ? formatBytes(Buffer.byteLength(stdin.base64, 'base64')) : t('what its extension gives it')
}
