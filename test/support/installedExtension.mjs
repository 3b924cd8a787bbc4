// Before the first test as a user: a VS Code server, a browser, and an extensions folder with the packaged extension.
// The tests find them through the environment, which their worker processes inherit.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { root, runQuietly } from '../../scripts/lib/processes.mjs'
import { packageExtension } from '../../scripts/package.mjs'
import { ensureBrowser, ensureVsCodeServer } from '../../scripts/setup.mjs'

export async function setup() {
  const server = await ensureVsCodeServer()
  const folder = join(root, '.vscode-test', 'installed')
  rmSync(folder, { recursive: true, force: true })
  const extensions = join(folder, 'extensions')
  const { file } = await packageExtension(join(folder, 'headless-jobs.vsix'))
  await runQuietly(process.execPath, [
    join(server, 'out', 'node', 'entry.js'),
    ...['--config', join(folder, 'config.yaml'), '--user-data-dir', join(folder, 'user')],
    ...['--extensions-dir', extensions, '--install-extension', file],
  ])
  process.env.HEADLESS_JOBS_CODE_SERVER = server
  process.env.HEADLESS_JOBS_BROWSER = await ensureBrowser()
  process.env.HEADLESS_JOBS_EXTENSIONS = extensions
}
