// What axe finds wrong with the page of the view.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Frame } from 'playwright-core'

/** Left out: the page is a part of the workbench, which has its heading; a row is named by more than it shows. */
const notOurs = { 'page-has-heading-one': { enabled: false }, 'label-content-name-mismatch': { enabled: false } }
const axeFile = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

interface Violation {
  id: string
  impact: string
  nodes: { html: string; failureSummary: string }[]
}

/** The serious findings, each as a text with its place. */
export async function findings(frame: Frame): Promise<string[]> {
  await frame.evaluate(readFileSync(axeFile, 'utf8'))
  // The page itself is transparent, and axe sees nothing of the side bar below.
  await frame.evaluate(() => {
    document.documentElement.style.background = 'var(--vscode-sideBar-background)'
  })
  const violations = (await frame.evaluate(
    `axe.run(document, { rules: ${JSON.stringify(notOurs)} }).then(({ violations }) => violations)`,
  )) as Violation[]
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes[0]?.html} ${nodes[0]?.failureSummary}`)
}
