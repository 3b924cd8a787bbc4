// “Export Results…” in a real VS Code: one table of a batch, in CSV and in JSON lines. Runs in the extension host.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'mocha'
import * as vscode from 'vscode'
import { activateConsumer } from './consumer'

const folder = mkdtempSync(join(tmpdir(), 'headless-jobs-export-'))
const sh = (name: string, script: string, more = {}) => ({ name, command: ['sh', '-c', script], cwd: folder, ...more })

const run = (argument: unknown) =>
  vscode.commands.executeCommand<string | undefined>('headlessJobs.exportResults', argument)

describe('the results of a batch', () => {
  let batchId = ''

  before(async () => {
    const { api } = await activateConsumer()
    const batch = api.submitBatch(
      [
        sh('text', 'echo "reading, slowly"; echo "mean 1.5"'),
        sh('file', 'echo "in a file"', { stdout: { file: 'named.txt' } }),
        sh('bytes', 'printf "\\000\\001"'),
        sh('fails', 'echo "ValueError: \\"bad\\" header" >&2; exit 3'),
        sh('worker', 'cat > /dev/null; echo done', { stdin: 'x' }),
      ],
      { name: 'volumes' },
    )
    await batch.completed
    batchId = batch.id
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  it('are a table in CSV with the last line of each, which opens at once', async () => {
    const file = join(folder, 'all.csv')
    assert.equal(await run({ batchIds: [batchId], file }), file)
    const [head, ...rows] = readFileSync(file, 'utf8').split('\r\n')
    assert.equal(head, 'name,state,exit,seconds,peakMemoryBytes,stdout,file,error')
    const fields = rows.map(row => row.split(','))
    assert.deepEqual(
      fields.slice(0, 5).map(([name, state, exit, , , stdout, path]) => [name, state, exit, stdout, path]),
      [
        ['text', 'succeeded', '0', 'mean 1.5', ''],
        ['file', 'succeeded', '0', 'in a file', join(folder, 'named.txt')],
        ['bytes', 'succeeded', '0', '"(2 bytes', ' no text)"'],
        ['fails', 'failed', '3', '', ''],
        ['worker', 'succeeded', '0', 'done', ''],
      ],
    )
    assert.ok(rows[3]?.endsWith(',"Exit code 3. ValueError: ""bad"" header"'), rows[3])
    assert.equal(vscode.window.activeTextEditor?.document.uri.fsPath, file)
  })

  it('are JSON lines with all of stdout, by the ending of the file and by what is asked for', async () => {
    const file = join(folder, 'all.jsonl')
    await run({ batchIds: [batchId], file, text: 'whole' })
    const rows = readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map(line => JSON.parse(line))
    assert.equal(rows.length, 5)
    assert.equal(rows[0].stdout, 'reading, slowly\nmean 1.5\n')
    assert.equal(rows[3].exit, 3)
    assert.ok(rows[0].seconds >= 0)
  })

  it('are refused with a sentence when the format is none, or the file cannot be written', async () => {
    await assert.rejects(
      Promise.resolve(run({ batchIds: [batchId], file: 'a.csv', format: 'xlsx' })),
      /format must be csv or jsonl, and is "xlsx"/,
    )
    await assert.rejects(
      Promise.resolve(run({ batchIds: [batchId], file: join(folder, 'no', 'such', 'a.csv') })),
      /ENOENT/,
    )
  })
})
