// npm start: opens VS Code with the examples and this extension. The desktop's `code` if there is one on PATH, else the
// VS Code server in a browser, until Ctrl+C.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { build } from './build.mjs'
import { findOnPath, root, run, runQuietly } from './lib/processes.mjs'
import { packageExtension } from './package.mjs'
import { ensureVsCodeServer, enterProjectNode } from './setup.mjs'

const examples = join(root, 'examples')

async function startDesktop(code) {
  await build()
  console.log(`Opening ${examples} in ${code} with this extension.`)
  return run(code, ['--new-window', `--extensionDevelopmentPath=${root}`, examples])
}

async function startServer() {
  const server = join(await ensureVsCodeServer(), 'out', 'node', 'entry.js')
  const folder = join(root, '.vscode-test', 'start')
  const { file } = await packageExtension(join(folder, 'headless-jobs.vsix'))
  const own = [
    ...['--config', join(folder, 'config.yaml'), '--user-data-dir', join(folder, 'user')],
    ...['--extensions-dir', join(folder, 'extensions')],
  ]
  await runQuietly(process.execPath, [server, ...own, '--install-extension', file, '--force'])
  const child = spawn(
    process.execPath,
    [
      server,
      ...own,
      ...['--auth', 'none', '--bind-addr', `127.0.0.1:${process.env.PORT ?? 0}`],
      ...['--disable-telemetry', '--disable-update-check', '--disable-getting-started-override', examples],
    ],
    { cwd: root, stdio: ['ignore', 'pipe', 'ignore'] },
  )
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
  let output = ''
  child.stdout.setEncoding('utf8').on('data', text => {
    if (output === undefined) return
    output += text
    const url = /listening on (http:\/\/127\.0\.0\.1:\d+\/)\s/.exec(output)?.[1]
    if (url === undefined) return
    output = undefined
    console.log(`VS Code with the examples and this extension: ${url}?folder=${encodeURIComponent(examples)}`)
    console.log('Ctrl+C ends it.')
    openInBrowser(url)
  })
  return new Promise(resolve => child.on('close', code => resolve(code ?? 0)))
}

/** Opens a page where there is a desktop; elsewhere the line with the URL has to do. */
function openInBrowser(url) {
  const opener = findOnPath(process.platform === 'darwin' ? 'open' : 'xdg-open')
  const hasDesktop = process.platform === 'darwin' || process.env.DISPLAY || process.env.WAYLAND_DISPLAY
  if (opener && hasDesktop) spawn(opener, [url], { stdio: 'ignore', detached: true }).unref()
}

await enterProjectNode()
const code = findOnPath('code')
process.exitCode = code ? await startDesktop(code) : await startServer()
