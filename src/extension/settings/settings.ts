// Sends this window's settings to the job service, when it connects and whenever they change.
import { t } from '@vscode/l10n'
import * as vscode from 'vscode'
import type { ServiceClient } from '../../client/connection/serviceClient'
import { sentenceOf } from '../../core/base/sentence'
import { type QueueConfigs, readQueues } from '../../core/jobs/queueConfig'
import type { Column } from '../../core/pages/jobsPage'
import type { QueueInfo } from '../../core/protocol/facts'
import { machineSettings } from '../../core/protocol/settingsTable'
import { isStorageFolder, settingProblems } from './settingProblems'
import {
  columnsOf,
  environmentWith,
  type NotificationLevel,
  notificationLevel,
  queuesWith,
  secretNames,
} from './settingsModel'

const SECTION = 'headlessJobs'

function get(name: string): unknown {
  return vscode.workspace.getConfiguration(SECTION).get(name)
}

export function storageFolderSetting(): string {
  const folder = get('storageFolder')
  return isStorageFolder(folder) ? folder.trim() : ''
}

export function readNotificationLevel(): NotificationLevel {
  return notificationLevel(get)
}

/** The environment of this window's jobs: the window's own with the additions of the settings. */
export function readEnvironment(): Record<string, string> {
  return environmentWith(process.env, get('env'))
}

/** Names whose values are secret, besides those that look so. */
export function readSecretNames(): string[] {
  return secretNames(get('secretEnv'))
}

/** The queues that can be used, besides `local`. */
export function readQueueSetting(): QueueConfigs {
  return readQueues(get('queues')).queues
}

/**
 * The queues as the job service has them, and those of the settings that it has not heard of; none while there is none but
 * `local`.
 */
export function shownQueues({ state, summary }: Pick<ServiceClient, 'state' | 'summary'>): readonly QueueInfo[] {
  return queuesWith((state === 'none' ? undefined : summary)?.queues ?? [], readQueueSetting())
}

/** The user's own setting of the number of slots; 0 is automatic. */
export function readConcurrency(): number {
  return machineSettings(get).concurrency
}

export async function writeConcurrency(concurrency: number): Promise<void> {
  const configuration = vscode.workspace.getConfiguration(SECTION)
  await configuration.update('concurrency', concurrency, vscode.ConfigurationTarget.Global)
}

/**
 * Sets the slots of a queue in the user's settings; 0 removes its limit.
 * @throws TypeError when the setting would have a mistake
 */
export async function writeQueueSlots(name: string, slots: number): Promise<void> {
  const { slots: _, ...rest } = readQueueSetting()[name] ?? { kind: 'local' as const }
  const queues = { ...(get('queues') as object), [name]: { ...rest, ...(slots > 0 && { slots }) } }
  const [problem] = readQueues(queues).problems
  if (problem) throw new TypeError(t`headlessJobs.queues.${problem.key} must be ${problem.must}.`)
  await vscode.workspace.getConfiguration(SECTION).update('queues', queues, vscode.ConfigurationTarget.Global)
}

export function readColumns(): readonly Column[] {
  return columnsOf(get('columns'))
}

/** Where they are set already: for this workspace, else for the user. */
export async function writeColumns(columns: readonly Column[]): Promise<void> {
  const configuration = vscode.workspace.getConfiguration(SECTION)
  const isOfWorkspace = configuration.inspect('columns')?.workspaceValue !== undefined
  const target = isOfWorkspace ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global
  await configuration.update('columns', columns, target)
}

/** Columns or queues. */
export function onDidChangeShown(listener: () => void): vscode.Disposable {
  const shown = [`${SECTION}.columns`, `${SECTION}.queues`]
  return vscode.workspace.onDidChangeConfiguration(
    event => shown.some(name => event.affectsConfiguration(name)) && listener(),
  )
}

/** Sends the settings to the job service; `chosen` when the user has just set one of them. */
export async function sendSettings(client: ServiceClient, chosen = false): Promise<void> {
  const settings = { ...machineSettings(get), queues: readQueueSetting() }
  await client.service.configure({ source: source(), settings, ...(chosen && { chosen }) })
}

/** Where the settings come from: windows of the same editor share their settings. */
function source(): string {
  return [vscode.env.appName, vscode.env.remoteName ?? 'local'].join(', ')
}

export class SettingsSync implements vscode.Disposable {
  readonly #client: ServiceClient
  readonly #log: vscode.LogOutputChannel
  readonly #listeners: vscode.Disposable[]
  /** Problems that were shown and still exist. */
  #notified: readonly string[] = []

  constructor(client: ServiceClient, log: vscode.LogOutputChannel) {
    this.#client = client
    this.#log = log
    this.#setEnvironment()
    this.#notifyProblems()
    this.#listeners = [
      new vscode.Disposable(client.onDidConnect(() => void this.push()).dispose),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.#setEnvironment()),
      vscode.workspace.onDidChangeConfiguration(event => {
        if (event.affectsConfiguration(`${SECTION}.storageFolder`)) void offerReload()
        if (!event.affectsConfiguration(SECTION)) return
        this.#setEnvironment()
        this.#notifyProblems()
        if (this.#client.isConnected) void this.push()
      }),
    ]
  }

  /** Sends the settings; the connection must exist. */
  async push(): Promise<void> {
    try {
      await sendSettings(this.#client)
    } catch (error) {
      this.#log.warn(`The job service did not accept the settings: ${sentenceOf(error)}`)
    }
  }

  dispose(): void {
    for (const listener of this.#listeners) listener.dispose()
  }

  /** Each problem once, until it was fixed and occurs again. */
  #notifyProblems(): void {
    const problems = settingProblems(get)
    for (const problem of problems) if (!this.#notified.includes(problem)) void offerSettings(problem)
    this.#notified = problems
  }

  #setEnvironment(): void {
    this.#client.setEnvironment(readEnvironment(), secretNames(get('secretEnv')))
  }
}

async function offerReload(): Promise<void> {
  const reload = t('Reload Window')
  const message = t('This window uses the new storage folder of Headless Jobs once it has been reloaded.')
  if ((await vscode.window.showInformationMessage(message, reload)) === reload) {
    await vscode.commands.executeCommand('workbench.action.reloadWindow')
  }
}

async function offerSettings(problem: string): Promise<void> {
  const open = t('Open Settings')
  if ((await vscode.window.showWarningMessage(problem, open)) !== open) return
  const [name = SECTION] = /^headlessJobs\.\w+/.exec(problem) ?? []
  await vscode.commands.executeCommand('workbench.action.openSettings', `@id:${name}`)
}
