// A headless Chromium for the tests in a real VS Code.
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium } from 'playwright-core'
import { browserPath } from './tools'
import { atWorkerEnd, hasWorkerEnd } from './workerEnds'

/** Quiet and offline but for our own server; a sandbox cannot be had as root. */
const quiet = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

const options = () => ({
  executablePath: browserPath(),
  args: [...quiet, ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])],
})

/** Each browser has a fresh profile. */
export const launchBrowser = (): Promise<Browser> => chromium.launch(options())

/**
 * A browser with one profile on disk, removed when it is closed: there Chromium keeps scripts as it has compiled them, so that a
 * page that is loaded again takes less.
 */
export const launchProfile = (context: BrowserContextOptions): Promise<BrowserContext> =>
  chromium.launchPersistentContext('', { ...options(), ...context })

let ofWorker: Promise<Browser> | undefined

/** The one of all tests of a worker, which ends with it: what must be fresh is a context in it. Elsewhere a browser of its own. */
export async function borrowBrowser(): Promise<{ browser: Browser; giveBack(): Promise<void> }> {
  if (!hasWorkerEnd()) {
    const browser = await launchBrowser()
    return { browser, giveBack: () => browser.close() }
  }
  const isThere = (await ofWorker?.catch(() => undefined))?.isConnected()
  if (!isThere) {
    const launched = launchBrowser()
    ofWorker = launched
    atWorkerEnd(async () => (await launched).close())
  }
  return { browser: await (ofWorker as Promise<Browser>), giveBack: async () => undefined }
}
