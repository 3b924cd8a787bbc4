// A headless Chromium for the tests in a real VS Code.
import { type Browser, chromium } from 'playwright-core'
import { browserPath } from './tools'

/** Quiet and offline but for our own server; a sandbox cannot be had as root. */
const quiet = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Each browser has a fresh profile. */
export function launchBrowser(): Promise<Browser> {
  const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  return chromium.launch({ executablePath: browserPath(), args: [...quiet, ...asRoot] })
}
