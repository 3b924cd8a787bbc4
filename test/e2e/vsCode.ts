// A real VS Code with the packaged extension, as one person has it: with user data, a browser profile, a workspace and a job
// service of its own. To start one takes long, so that which tests usually have goes on in the worker that runs them: the next
// file gets it as if nothing had been done in it.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { BrowserContext, Page } from 'playwright-core'
import { launchProfile } from '../support/browser'
import { copyExtensions } from '../support/packages'
import { addPseudoLanguage, PSEUDO, speakPseudo } from '../support/pseudoLanguage'
import { makeTempState, sendSignal, type TempState } from '../support/tempState'
import { extensionsFolder } from '../support/tools'
import { until } from '../support/until'
import { startUserServer, userEnvironment, type VsCodeServer } from '../support/vsCodeServer'
import { atWorkerEnd } from '../support/workerEnds'
import { extensionHosts } from './extensionHosts'
import { installKeeper } from './keeper'
import { UI_LIMIT_MS } from './quickInput'

export interface VsCodeOptions {
  /** Files of the workspace: path to content. A content that starts with `#!` makes an executable. */
  readonly files?: Readonly<Record<string, string>>
  /** User settings. */
  readonly settings?: Readonly<Record<string, unknown>>
  /** Keys of the user, as in keybindings.json. */
  readonly keybindings?: readonly Readonly<Record<string, unknown>>[]
  /** `restricted`: workspace trust is on and this workspace is not trusted. Default: trust is off. */
  readonly trust?: 'restricted'
  /** With the extension of test/e2e/keeper beside ours, both in an extensions folder of this VS Code's own. */
  readonly keeper?: true
  /** In a pseudo language: a window whose texts are in none that there is. */
  readonly pseudo?: true
}

export interface VsCode {
  /** Where it and its job service keep their state. */
  readonly state: TempState
  readonly workspace: string
  /** `HOST:PORT` of its windows. */
  readonly host: string
  /** Without anything in it, in one browser profile. */
  newPage(): Promise<Page>
  /** Ends all of it, or leaves it as new for the next file; `isFit` is false for one that has not worked. */
  end(isFit?: boolean): Promise<void>
}

/** What files of tests may share one after the other. */
interface Installation {
  readonly state: TempState
  readonly server: VsCodeServer
  readonly context: BrowserContext
  /** Of its processes, as text. */
  readonly environment: string
  remove(): Promise<void>
}

/** What a browser remembers for VS Code; its worker that serves pages of views is none of that. */
const REMEMBERED = 'cookies,file_systems,indexeddb,local_storage'

let kept: Installation | undefined

/** Starts a VS Code without a window, or takes one that is as new. */
export async function startVsCode(options: VsCodeOptions): Promise<VsCode> {
  const isUsual = !options.trust && !options.keeper && !options.pseudo
  const installation = (isUsual && (await takeKept())) || (await install(options))
  const { state, server, context } = installation
  const workspace = workspaceOf(state)
  writeFiles(workspace, options.files ?? {})
  writeFiles(userDataOf(state), {
    'User/settings.json': JSON.stringify(settings(options)),
    'Machine/settings.json': JSON.stringify(options.settings ?? {}), // a remote takes machine settings from nowhere else
    'User/keybindings.json': JSON.stringify(options.keybindings ?? []),
  })
  const end = async (isFit = true) => {
    if (isUsual && isFit && (await keep(installation))) return
    await installation.remove()
  }
  // The first one waits: of a fresh browser, or where that of the tests before was.
  const waiting = context.pages()
  const newPage = async () => waiting.pop() ?? context.newPage()
  return { state, workspace, host: server.host, newPage, end }
}

async function install(options: VsCodeOptions): Promise<Installation> {
  const state = makeTempState()
  mkdirSync(workspaceOf(state))
  const environment = JSON.stringify(userEnvironment())
  const server = await startUserServer(state, {
    extensions: await extensionsOf(options, state),
    userData: userDataOf(state),
    folder: workspaceOf(state),
    workspaceTrust: options.trust === 'restricted',
  })
  const context = await launchProfile({
    viewport: { width: 1280, height: 800 },
    permissions: ['clipboard-read', 'clipboard-write'],
  })
  context.setDefaultTimeout(UI_LIMIT_MS)
  if (options.pseudo) await context.addInitScript(speakPseudo, PSEUDO)
  const remove = async () => {
    await context.close()
    await server.stop()
    await state.remove()
  }
  return { state, server, context, environment, remove }
}

/** The one that was kept, unless it has broken since, or this file of tests starts it in another environment. */
async function takeKept(): Promise<Installation | undefined> {
  const taken = kept
  kept = undefined
  if (!taken) return undefined
  const isWhole = !taken.server.hasEnded() && !taken.context.isClosed()
  if (isWhole && taken.environment === JSON.stringify(userEnvironment())) return taken
  await taken.remove()
  return undefined
}

const removeKept = async () => kept?.remove()

/** @returns false for one that cannot be made as new */
async function keep(installation: Installation): Promise<boolean> {
  if (process.platform !== 'linux') return false // where the hosts of extensions are not found
  try {
    await makeAsNew(installation)
  } catch (error) {
    console.warn(`A VS Code is not kept for the next tests: ${(error as Error).message}`)
    return false
  }
  kept = installation
  atWorkerEnd(removeKept)
  return true
}

/** Without a window, a job service and whatever VS Code, its extensions and the browser remember. */
async function makeAsNew({ state, server, context }: Installation): Promise<void> {
  const [page = await context.newPage(), ...others] = context.pages()
  await page.goto(`http://${server.host}/healthz`) // a page of no window, in the process that has compiled the scripts of one
  for (const other of others) await other.close()
  // They would wait for their windows, and start a job service for the work they know of.
  const withoutHosts = () => extensionHosts(state).filter(pid => sendSignal(pid, 'SIGKILL')).length === 0
  await until(withoutHosts, UI_LIMIT_MS, 'the end of the hosts of extensions')
  await state.clear()
  const session = await context.newCDPSession(page)
  await session.send('Storage.clearDataForOrigin', { origin: `http://${server.host}`, storageTypes: REMEMBERED })
  await session.detach()
  for (const folder of [workspaceOf(state), ...['User', 'Machine'].map(name => join(userDataOf(state), name))])
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
  mkdirSync(workspaceOf(state))
}

const workspaceOf = ({ folder }: TempState) => join(folder, 'workspace')
const userDataOf = ({ folder }: TempState) => join(folder, 'user')

/** An extensions folder; one of this VS Code's own where it is changed. */
async function extensionsOf(options: VsCodeOptions, state: TempState): Promise<string> {
  if (options.keeper) return installKeeper(state)
  if (!options.pseudo) return extensionsFolder()
  const extensions = join(state.folder, 'extensions')
  copyExtensions(extensionsFolder(), extensions)
  await addPseudoLanguage(extensions)
  return extensions
}

function settings(options: VsCodeOptions): Record<string, unknown> {
  return {
    'workbench.colorTheme': 'Default Dark Modern',
    'workbench.startupEditor': 'none',
    'workbench.secondarySideBar.defaultVisibility': 'hidden',
    'window.commandCenter': false,
    // A dialog puts the question at every start; the banner and the tests' own clicks do without.
    'security.workspace.trust.startupPrompt': 'never',
    // A settings page that lies over the window takes all keys.
    'workbench.editor.useModal': 'off',
    'chat.disableAIFeatures': true,
    'extensions.ignoreRecommendations': true,
    ...options.settings,
  }
}

/** Writes files with the folders they need. A content that starts with `#!` makes an executable. */
export function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, content] of Object.entries(files)) {
    const file = join(folder, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, content, { mode: content.startsWith('#!') ? 0o755 : 0o644 })
  }
}
