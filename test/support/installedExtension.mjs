// Before the first test as a user: a VS Code server, a browser, an extensions folder with the packaged extension, and one in
// which that of test/e2e/keeper is beside it.
// The tests find them through the environment, which their worker processes inherit.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../scripts/lib/processes.mjs'
import { packageExtension } from '../../scripts/package.mjs'
import { ensureBrowser, ensureVsCodeServer } from '../../scripts/setup.mjs'
import { copyExtensions, install, pack } from './packages.ts'

export async function setup() {
  const server = await ensureVsCodeServer()
  const folder = join(root, '.vscode-test', 'installed')
  rmSync(folder, { recursive: true, force: true })
  const extensions = join(folder, 'extensions')
  const { file } = await packageExtension(join(folder, 'headless-jobs.vsix'))
  const tools = join(folder, 'tools')
  await install(server, file, extensions, tools)
  const withKeeper = join(folder, 'with-keeper')
  copyExtensions(extensions, withKeeper)
  const keeper = join(folder, 'keeper.vsix')
  await pack(join(root, 'test', 'e2e', 'keeper'), keeper)
  await install(server, keeper, withKeeper, tools)
  process.env.HEADLESS_JOBS_CODE_SERVER = server
  process.env.HEADLESS_JOBS_BROWSER = await ensureBrowser()
  process.env.HEADLESS_JOBS_EXTENSIONS = extensions
  process.env.HEADLESS_JOBS_EXTENSIONS_WITH_KEEPER = withKeeper
}
