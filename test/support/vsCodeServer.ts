// The two ways in which tests run a real VS Code: with its test driver, and as a user has it.
import { join } from 'node:path'
import { type Program, startProgram } from './program'
import type { TempState } from './tempState'
import { codeServerFolder } from './tools'

export interface VsCodeServer extends Program {
  /** `127.0.0.1:PORT`, which is also the authority of its remote URIs. */
  readonly host: string
}

/** For so long the extension host of a window waits that has gone without a word, as on a busy machine; else three hours. */
const HOST_GRACE_SECONDS = 30

const LISTENS = /listening on (?:http:\/\/127\.0\.0\.1:)?(\d+)[\s/]/

/** Starts VS Code with the driver that lets a URL say which extensions and which tests to load. */
export function startTestServer(state: TempState, env: Readonly<Record<string, string>> = {}): Promise<VsCodeServer> {
  return start(state, env, [
    join(codeServerFolder(), 'lib', 'vscode', 'out', 'server-main.js'),
    ...['--host', '127.0.0.1', '--port', '0', '--without-connection-token', '--accept-server-license-terms'],
    ...['--server-data-dir', join(state.folder, 'server'), '--extensions-dir', join(state.folder, 'extensions')],
    ...['--enable-smoke-test-driver', '--disable-telemetry', '--disable-workspace-trust'],
  ])
}

export interface UserServerOptions {
  readonly extensions: string
  readonly userData: string
  readonly folder: string
  /** Whether folders must be trusted first. */
  readonly workspaceTrust: boolean
}

/** Starts VS Code as a user has it: no driver, real dialogs, notifications and trust. */
export function startUserServer(state: TempState, options: UserServerOptions): Promise<VsCodeServer> {
  return start(state, {}, [
    join(codeServerFolder(), 'out', 'node', 'entry.js'),
    ...['--auth', 'none', '--bind-addr', '127.0.0.1:0', '--config', join(options.userData, 'config.yaml')],
    ...['--extensions-dir', options.extensions, '--user-data-dir', options.userData],
    ...['--disable-telemetry', '--disable-update-check', '--disable-getting-started-override'],
    ...['--reconnection-grace-time', String(HOST_GRACE_SECONDS)],
    ...(options.workspaceTrust ? [] : ['--disable-workspace-trust']),
    options.folder,
  ])
}

async function start(state: TempState, env: Readonly<Record<string, string>>, args: string[]): Promise<VsCodeServer> {
  const program = await startProgram([process.execPath, ...args], {
    cwd: state.folder,
    env: { ...userEnvironment(), ...state.env, ...env },
    ready: LISTENS,
  })
  return { ...program, host: `127.0.0.1:${program.ready[1]}` }
}

/** The environment of a person's terminal: without what a VS Code or a test runner around us has put there. */
export function userEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(VSCODE_|ELECTRON_|VITEST|NODE_|npm_|CODE_SERVER_)/.test(name)),
  )
}
