// Outputs as documents in a real VS Code: where they open, and that they follow what is written. Runs in the extension host.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'mocha'
import * as vscode from 'vscode'
import { activateConsumer } from './consumer'

const LIMIT_MS = 60_000
const LINES = 500

const folder = mkdtempSync(join(tmpdir(), 'headless-jobs-output-'))

async function until(condition: () => boolean, what: string): Promise<void> {
  for (const end = Date.now() + LIMIT_MS; !condition(); ) {
    if (Date.now() > end) throw new Error(`Waited in vain for ${what}.`)
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}

const editor = () => vscode.window.activeTextEditor ?? assert.fail('There is no editor.')
const lastInSight = () => editor().visibleRanges.at(-1)?.end.line ?? 0
const show = (command: string, id: string) => vscode.commands.executeCommand<string>(`headlessJobs.${command}`, id)

after(() => rmSync(folder, { recursive: true, force: true }))

describe('what a job wrote', () => {
  it('opens at the last line of stderr when the job has failed, else at the beginning', async () => {
    const { api } = await activateConsumer()
    const script = `seq 1 ${LINES}; seq 1 ${LINES} >&2; echo "ValueError: bad header" >&2; exit 3`
    const job = api.submit({ command: ['sh', '-c', script], name: 'fails' })
    await job.result
    await show('showErrors', job.id)
    assert.equal(editor().document.lineAt(editor().selection.active.line).text, 'ValueError: bad header')
    await until(() => lastInSight() >= LINES, 'the last line in sight')
    await show('showOutput', job.id) // both, in the order in which they were read
    assert.match(editor().document.uri.path, /fails\.out$/)
    assert.equal(editor().document.lineCount, 2 * LINES + 2)
    assert.equal(editor().selection.active.line, 2 * LINES)
    await show('showStdout', job.id)
    assert.match(editor().document.uri.path, /fails\.stdout$/)
    assert.equal(editor().selection.active.line, 0)
  })

  it('follows a job that runs, leaves who has scrolled up alone, and follows again from the end on', async () => {
    const { api } = await activateConsumer()
    const more = (n: number) => join(folder, `more-${n}`)
    const waits = (n: number) => `while [ ! -e ${more(n)} ]; do sleep 0.1; done`
    const script = `seq 1 ${LINES}; ${waits(1)}; seq 1 ${LINES}; ${waits(2)}; seq 1 ${LINES}; ${waits(3)}; seq 1 ${LINES}; ${waits(4)}`
    const job = api.submit({ command: ['sh', '-c', script], name: 'writes' })
    await until(() => job.info.stdoutBytes > 0, 'the first lines')
    await show('showOutput', job.id)
    const has = (parts: number) => until(() => editor().document.lineCount > parts * LINES, `${parts} parts`)
    const atEnd = (parts: number) =>
      until(() => lastInSight() >= parts * LINES - 1, `the end of ${parts} parts in sight`)
    await has(1)
    await atEnd(1)
    writeFileSync(more(1), '')
    await has(2)
    await atEnd(2)
    editor().revealRange(new vscode.Range(10, 0, 10, 0), vscode.TextEditorRevealType.AtTop)
    await until(() => lastInSight() < LINES, 'the beginning in sight')
    writeFileSync(more(2), '')
    await has(3)
    assert.ok(lastInSight() < LINES, `line ${lastInSight()} is in sight`)
    const last = editor().document.lineCount - 1
    editor().revealRange(new vscode.Range(last, 0, last, 0))
    await atEnd(3)
    writeFileSync(more(3), '')
    await has(4)
    await atEnd(4)
    writeFileSync(more(4), '')
    await job.result
  })
})
