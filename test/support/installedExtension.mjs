// Before the first test as a user: a VS Code server, a browser, an extensions folder with the packaged extension, and one in
// which that of test/e2e/keeper is beside it.
// The tests find them through the environment, which their worker processes inherit.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../scripts/lib/processes.mjs'
import { packageExtension } from '../../scripts/package.mjs'
import { ensureBrowser, ensureVsCodeServer } from '../../scripts/setup.mjs'
import { install, pack } from './packages.ts'

export async function setup() {
  const server = await ensureVsCodeServer()
  const browser = await ensureBrowser()
  const folder = join(root, '.vscode-test', 'installed')
  rmSync(folder, { recursive: true, force: true })
  const ours = join(folder, 'headless-jobs.vsix')
  const keeper = join(folder, 'keeper.vsix')
  await Promise.all([packageExtension(ours), pack(join(root, 'test', 'e2e', 'keeper'), keeper)])
  const extensions = join(folder, 'extensions')
  const withKeeper = join(folder, 'with-keeper')
  await Promise.all([
    install(server, [ours], extensions, join(folder, 'tools')),
    install(server, [ours, keeper], withKeeper, join(folder, 'tools-with-keeper')),
  ])
  process.env.HEADLESS_JOBS_CODE_SERVER = server
  process.env.HEADLESS_JOBS_BROWSER = browser
  process.env.HEADLESS_JOBS_EXTENSIONS = extensions
  process.env.HEADLESS_JOBS_EXTENSIONS_WITH_KEEPER = withKeeper
}
