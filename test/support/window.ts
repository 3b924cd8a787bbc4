// A window without VS Code: the real client and API against a real job service in a state folder of the test's own.
import { resolve } from 'node:path'
import type { HeadlessJobsApi } from '../../src/api'
import { PublicApi } from '../../src/client/api/publicApi'
import { ServiceClient } from '../../src/client/connection/serviceClient'
import { type QueueConfigs, queueNames } from '../../src/core/jobs/queueConfig'
import type { QueueInfo } from '../../src/core/protocol/facts'
import type { WindowSettings } from '../../src/core/protocol/protocol'
import { defaultSettings } from '../../src/core/protocol/settingsTable'

export interface TestWindow {
  readonly client: ServiceClient
  readonly api: HeadlessJobsApi
  readonly logged: string[]
  /** Changes machine settings as the settings of a window do. */
  configure(settings: WindowSettings): Promise<void>
}

export interface WindowOptions {
  env?: Record<string, string>
  cwd?: string
  workspace?: string
  name?: string
  isTrusted?: boolean
  version?: string
  /** The job service that it starts. */
  bundle?: string
  owner?: string
  /** As in its settings; `configure` sends them. */
  queues?: QueueConfigs
  /** What activating each extension of the window does, by its id. */
  extensions?: Readonly<Record<string, (api: (extension: string) => HeadlessJobsApi) => unknown>>
  /** As the palette submits: results stay in the history. */
  resultsInHistory?: boolean
}

/** As the window was sent it last; `undefined` while there is none but `local`. */
export const queueOf = ({ client }: TestWindow, name: string): QueueInfo | undefined =>
  client.summary?.queues?.find(queue => queue.name === name)

export function openWindow(stateFolder: string, options: WindowOptions = {}): TestWindow {
  const { env = {}, cwd = stateFolder, workspace = '/ws', name = 'test', isTrusted = true, version = '1.0.0' } = options
  const logged: string[] = []
  const log = (message: string) => void logged.push(message)
  const client = new ServiceClient({
    stateFolder,
    bundle: options.bundle ?? resolve('dist/service.cjs'),
    version,
    workspace,
    window: name,
    log,
  })
  client.setEnvironment({ PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...env }, [])
  const { extensions = {}, queues = {} } = options
  const publicApi: PublicApi = new PublicApi(client, {
    defaultCwd: () => cwd,
    isTrusted: () => isTrusted,
    queues: () => queueNames(queues),
    extensions: {
      has: id => id in extensions,
      activate: async id => extensions[id]?.(extension => publicApi.forOwner(extension)),
    },
    log,
  })
  const api = publicApi.forOwner(options.owner ?? 'test.window', {
    resultsInHistory: options.resultsInHistory ?? false,
  })
  return {
    client,
    api,
    logged,
    configure: settings =>
      client.service.configure({ source: name, settings: { ...defaultSettings, concurrency: 2, queues, ...settings } }),
  }
}
