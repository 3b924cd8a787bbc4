// The questions of “Run Command on Files…”: the command, how it gets the file, which files, where the output goes, in
// which queue, how many at once, and a preview of the jobs.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables that a user may type

import { access } from 'node:fs/promises'
import path from 'node:path'
import { t } from '@vscode/l10n'
import * as vscode from 'vscode'
import type { JobSpec } from '../../../api'
import { sentenceOf } from '../../../core/base/sentence'
import { countOf } from '../../../core/protocol/format'
import type { CommandHistory } from '../../quickInput/commandHistory'
import type { Step } from '../../quickInput/multiStep'
import type { Note } from '../../quickInput/note'
import { onWindows } from '../../settings/workspaceContext'
import { plainLabel } from '../../text/jobText'
import { commandLineStep, shellStep } from '../submit/commandSteps'
import { type QueueChoices, queueStep } from '../submit/queueStep'
import {
  type ContextOf,
  checkPattern,
  describeSpec,
  type Feed,
  type FilesDraft,
  mentionsFile,
  namesFile,
  outputsOf,
  parseAtOnce,
  patternOf,
} from './filesModel'
import { findFiles, MAX_FILES } from './findFiles'

/** What the user chose in the preview. */
export type Decision = { kind: 'all' } | { kind: 'try'; index: number }

export interface FilesAnswers extends FilesDraft {
  /** As typed; the files were found with it. */
  pattern: string
  decision?: Decision
}

export interface FilesQuestions {
  history: CommandHistory
  contextOf: ContextOf
  /** Where relative patterns and paths begin. */
  cwd: string
  /** The files are given: from the Explorer. */
  given: boolean
  /** Slots of the machine, when the job service has reported them. */
  slots: number | undefined
  queues: QueueChoices
  specsOf(answers: FilesAnswers): JobSpec[]
  /** A name for the batch that no other has. */
  proposeName(answers: FilesAnswers): Promise<string>
}

/** Outputs that are checked on the disk while a pattern is typed. */
const MAX_CHECKED_OUTPUTS = 1000
/** Jobs in the preview. */
const MAX_PREVIEWED = 100

export function filesSteps(questions: FilesQuestions): Step<FilesAnswers>[] {
  const { history, contextOf, cwd, given } = questions
  return [
    commandLineStep(t('Command, such as: python smooth.py ${file}'), history, contextOf(path.join(cwd, 'file'))),
    shellStep(contextOf(path.join(cwd, 'file'))),
    feedStep,
    ...(given ? [] : [patternStep(questions)]),
    outputStep(questions),
    queueStep(questions.queues),
    atOnceStep(questions),
    nameStep(questions),
    previewStep(questions),
  ]
}

interface FeedItem extends vscode.QuickPickItem {
  feed: Feed
}

const feedStep: Step<FilesAnswers> = {
  when: answers => !namesFile(answers),
  async run(ui, answers) {
    const items: FeedItem[] = [
      {
        feed: 'argument',
        label: `$(file) ${t('As the last argument')}`,
        description: plainLabel(`${answers.commandLine} \${file}`),
      },
      {
        feed: 'stdin',
        label: `$(arrow-right) ${t('On stdin')}`,
        description: plainLabel(`${answers.commandLine} < \${file}`),
      },
    ]
    if (mentionsFile(answers)) items.push({ feed: 'named', label: `$(check) ${t('The command says enough about it')}` })
    const active = items.find(item => item.feed === answers.feed)
    answers.feed = (await ui.pick({ items, placeholder: t('How does the command get the file?'), active })).feed
  },
}

function patternStep({ cwd, contextOf }: FilesQuestions): Step<FilesAnswers> {
  const open = { iconPath: new vscode.ThemeIcon('folder-opened'), tooltip: t('Choose Files…') }
  /** Cached, so that Enter does not search again. */
  let found: { pattern: string; files: string[] } | undefined
  const check = async (pattern: string, signal: AbortSignal): Promise<Note> => {
    if (pattern.trim() === '') return { severity: 'error', message: t('Type a pattern, such as data/**/*.nii.gz.') }
    if (found?.pattern !== pattern) {
      const { files, cut } = await findFiles(patternOf(pattern, contextOf('')), cwd, signal)
      if (cut)
        return { severity: 'error', message: t`More than ${countOf(MAX_FILES, 'file')} match. Narrow the pattern.` }
      if (!signal.aborted) found = { pattern, files }
    }
    const files = found?.files ?? []
    if (files.length === 0) return { severity: 'error', message: t`No file matches below ${cwd}.` }
    return { severity: 'info', message: `${countOf(files.length, 'file')}: ${exampleOf(files, cwd)}` }
  }
  return {
    async run(ui, answers) {
      const chosen: string[] = []
      answers.pattern = await ui.text({
        value: answers.pattern,
        placeholder: 'data/**/*.nii.gz',
        prompt: t`Files, as a pattern relative to ${cwd}`,
        check,
        buttons: [
          {
            button: open,
            async run() {
              chosen.push(...(await chooseFiles()))
              return chosen.length > 0 ? answers.pattern : undefined
            },
          },
        ],
      })
      answers.files = chosen.length > 0 ? chosen : (found?.files ?? [])
    },
  }
}

async function chooseFiles(): Promise<string[]> {
  const options = { canSelectMany: true, openLabel: t('Run on These'), title: t('Files to run the command on') }
  const uris = await vscode.window.showOpenDialog(options)
  return (uris ?? []).map(uri => uri.fsPath)
}

function exampleOf(files: readonly string[], cwd: string): string {
  const names = files.slice(0, 2).map(file => (file.startsWith(cwd) ? path.relative(cwd, file) : file))
  return names.join(', ') + (files.length > 2 ? ` … ${path.basename(files.at(-1) as string)}` : '')
}

function outputStep({ contextOf, cwd }: FilesQuestions): Step<FilesAnswers> {
  return {
    async run(ui, answers) {
      const check = async (saveAs: string): Promise<Note | undefined> => {
        const draft = { files: answers.files, saveAs }
        return (
          checkPattern(draft, contextOf, onWindows || process.platform === 'darwin') ??
          (await checkOutputs(draft, contextOf))
        )
      }
      answers.saveAs = await ui.text({
        value: answers.saveAs,
        placeholder: '${workspaceFolder}/out/${fileStem}.txt',
        prompt: t`Save stdout as (empty: keep it in the history); relative to ${cwd}`,
        check,
      })
    },
  }
}

/** Which outputs exist on the disk already. */
async function checkOutputs(
  draft: { files: readonly string[]; saveAs: string },
  contextOf: ContextOf,
): Promise<Note | undefined> {
  const outputs = outputsOf(draft, contextOf).filter(output => output !== undefined)
  const [first] = outputs
  if (first === undefined) return undefined
  const checked = outputs.slice(0, MAX_CHECKED_OUTPUTS)
  const exist = await Promise.all(checked.map(exists))
  const replaced = exist.filter(there => there).length
  if (replaced > 0) {
    const [files, example] = [countOf(replaced, 'file'), checked[exist.indexOf(true)] as string]
    const message =
      checked.length < outputs.length
        ? t`At least ${files} will be replaced when the jobs succeed, such as ${example}.`
        : t`${files} will be replaced when the jobs succeed, such as ${example}.`
    return { severity: 'warning', message }
  }
  const message = t`First: ${first}.`
  const hasFolder = await exists(path.dirname(first))
  return { severity: 'info', message: hasFolder ? message : `${message} ${t('Missing folders are made.')}` }
}

function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  )
}

function atOnceStep({ slots }: FilesQuestions): Step<FilesAnswers> {
  return {
    when: ({ files }) => files.length > 1,
    async run(ui, answers) {
      const typed = await ui.text({
        value: answers.concurrency > 0 ? String(answers.concurrency) : 'auto',
        placeholder: 'auto',
        prompt:
          slots === undefined
            ? t('How many at once? A number, or auto for as many as the machine allows')
            : t`How many at once? A number, or auto for as many as the machine allows, now ${slots}`,
        check(text) {
          const parsed = parseAtOnce(text)
          return typeof parsed === 'string' ? { severity: 'error', message: parsed } : undefined
        },
      })
      answers.concurrency = parseAtOnce(typed) as number
    },
  }
}

function nameStep({ proposeName }: FilesQuestions): Step<FilesAnswers> {
  /** What was proposed last: it is not the user's own. */
  let proposed: string | undefined
  return {
    when: ({ files }) => files.length > 1,
    async run(ui, answers) {
      const isOwn = answers.name !== undefined && answers.name !== proposed
      proposed = await proposeName(answers)
      const typed = await ui.text({
        value: isOwn ? (answers.name ?? '') : proposed,
        placeholder: proposed,
        prompt: t('Name of the batch, by which its row and the filter know it'),
      })
      answers.name = typed.trim() || proposed
    },
  }
}

interface PreviewItem extends vscode.QuickPickItem {
  decision?: Decision
}

function previewStep({ specsOf }: FilesQuestions): Step<FilesAnswers> {
  return {
    async run(ui, answers) {
      const { items, placeholder } = preview(() => specsOf(answers))
      const { decision } = await ui.pick({ items, placeholder })
      if (decision) answers.decision = decision
    },
  }
}

function preview(specs: () => JobSpec[]): { items: PreviewItem[]; placeholder: string } {
  try {
    const jobs = specs()
    const texts = jobs.slice(0, MAX_PREVIEWED).map(describeSpec)
    const [first = ''] = texts
    const heading =
      jobs.length > texts.length
        ? t`Jobs, the first ${texts.length}: choose one to try it`
        : t('Jobs: choose one to try it')
    const items: PreviewItem[] = [
      { label: `$(run-all) ${t('Run All')}`, description: countOf(jobs.length, 'job'), decision: { kind: 'all' } },
      {
        label: `$(play) ${t('Try First File')}`,
        description: jobs[0]?.name ?? '',
        decision: { kind: 'try', index: 0 },
      },
      { label: heading, kind: vscode.QuickPickItemKind.Separator },
      ...texts.map((text, index) => ({
        label: plainLabel(jobs[index]?.name ?? ''),
        detail: plainLabel(text),
        decision: { kind: 'try', index } as const,
      })),
    ]
    return { items, placeholder: t`${countOf(jobs.length, 'job')}, first: ${first}` }
  } catch (error) {
    return { items: [], placeholder: t`${sentenceOf(error)} Go back and change it.` }
  }
}
