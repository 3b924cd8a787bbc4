// Runs test/vscode inside the extension host of a real VS Code: `runInHost REPORT` writes the counts there as JSON, and
// what VS Code has logged into vscode.log beside it.
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { format } from 'node:util'
import { launchBrowser } from './browser'
import { makeTempState } from './tempState'
import { root } from './tools'
import { startTestServer } from './vsCodeServer'

/** Starts the lines that test/vscode/index.ts prints; everything else is VS Code's own chatter. */
const TEST_LINE = '[test] '
/** Longer than the suite takes by far; mocha has its own limits. */
const LIMIT_MS = 20 * 60_000

const [report] = process.argv.slice(2)
if (!report) throw new Error('Say where the report goes: runInHost REPORT')
process.exitCode = await runInHost(report)

/** @returns the exit code of the extension host */
async function runInHost(report: string): Promise<number> {
  const state = makeTempState()
  const workspace = join(state.folder, 'workspace')
  mkdirSync(workspace)
  const extensions = linkExtensions(join(state.folder, 'under-test'))
  const log: string[] = []
  const server = await startTestServer(state, { HEADLESS_JOBS_TEST_REPORT: report })
  const browser = await launchBrowser()
  try {
    const page = await browser.newPage()
    await page.exposeFunction('codeAutomationLog', (_type: string, args: unknown[]) => {
      const line = format(...args)
      log.push(line)
      if (line.startsWith(TEST_LINE)) console.log(line.slice(TEST_LINE.length))
    })
    const exited = new Promise<number>((resolve, reject) => {
      void page.exposeFunction('codeAutomationExit', resolve)
      page.on('crash', () => reject(new Error('The page of VS Code has crashed.')))
      setTimeout(() => reject(new Error(`The tests took longer than ${LIMIT_MS} ms.`)), LIMIT_MS).unref()
    })
    await page.goto(testUrl(server.host, workspace, extensions))
    return await exited
  } finally {
    writeFileSync(join(dirname(report), 'vscode.log'), `${log.join('\n')}\n\nThe server:\n${server.output()}`)
    await browser.close()
    await server.stop()
    await state.remove()
  }
}

/** The URL may name one folder: one that holds the extension under test and its consumer is fine. */
function linkExtensions(folder: string): string {
  mkdirSync(folder)
  symlinkSync(root, join(folder, 'headless-jobs'), 'junction')
  symlinkSync(join(root, 'test', 'vscode', 'consumer'), join(folder, 'consumer'), 'junction')
  return folder
}

/** What VS Code's test driver reads from its URL. */
function testUrl(host: string, workspace: string, extensions: string): string {
  const remote = (path: string) => `vscode-remote://${host}${path}`
  const payload = [
    ['extensionDevelopmentPath', remote(extensions)],
    ['extensionTestsPath', remote(join(root, 'dist', 'test', 'vscode', 'index.cjs'))],
    ['skipWelcome', 'true'],
    ['skipReleaseNotes', 'true'],
  ]
  return `http://${host}/?folder=${encodeURIComponent(workspace)}&payload=${encodeURIComponent(JSON.stringify(payload))}`
}
