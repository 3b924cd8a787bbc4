// The commands for what a worker was given and has answered, in a real VS Code: the result as a document, the input for a
// shell, the line that is copied. Runs in the extension host.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'mocha'
import * as vscode from 'vscode'
import { activateConsumer } from './consumer'

const script = `from headless_jobs import serve

serve(lambda value: {"got": value})
`
const folder = mkdtempSync(join(tmpdir(), 'headless-jobs-values-'))
const large = new Float32Array(400_000).map((_, i) => i / 4)
const table = Object.assign(Float32Array.of(1, 2, 3, 0.1, 5, 6), { shape: [2, 3] })

/** The id of a job that has given back this value. */
async function done(value: unknown): Promise<string> {
  const { api } = await activateConsumer()
  const job = api.submit({
    command: ['python3', 'echoes.py'],
    cwd: folder,
    name: 'echoes',
    protocol: 'frames',
    stdin: { value },
  })
  const result = await job.result
  assert.equal(result.state, 'succeeded', JSON.stringify(result))
  return job.id
}

const run = (command: string, ...args: unknown[]) =>
  vscode.commands.executeCommand<string | undefined>(`headlessJobs.${command}`, ...args)

before(() => writeFileSync(join(folder, 'echoes.py'), script))

after(() => rmSync(folder, { recursive: true, force: true }))

describe('the commands of a job with arrays', () => {
  it('show its result as a JSON document', async () => {
    const uri = vscode.Uri.parse((await run('showOutput', await done({ table, large }))) ?? '')
    assert.match(uri.path, /\/echoes\.json$/)
    const document = await vscode.workspace.openTextDocument(uri)
    assert.equal(document.languageId, 'json')
    assert.equal((await vscode.workspace.fs.stat(uri)).size, Buffer.byteLength(document.getText()))
    const { got } = JSON.parse(document.getText())
    assert.deepEqual(got.table, { dtype: 'float32', shape: [2, 3], values: [[1, 2, 3], [0.1, 5, 6]] }) // biome-ignore format: nested
    assert.equal(got.large.valuesLeftOut, 399_900)
    assert.deepEqual(got.large.firstValues.slice(0, 3), [0, 0.25, 0.5])
  })

  it('copy a line that does the same in a terminal', async () => {
    const line = await run('copyCommand', await done({ table }))
    assert.equal(line, await vscode.env.clipboard.readText())
    const output = execFileSync('sh', ['-c', line ?? ''], { encoding: 'utf8' })
    assert.deepEqual(JSON.parse(output), { got: { table: [[1, 2, 3], [0.1, 5, 6]] } }) // biome-ignore format: nested
  })

  it('save its input as JSON', async () => {
    const file = join(folder, 'input.json')
    assert.equal(await run('saveInput', { ids: [await done({ table, large })], file }), file)
    const input = JSON.parse(readFileSync(file, 'utf8'))
    assert.deepEqual(input.table, [[1, 2, 3], [0.1, 5, 6]]) // biome-ignore format: nested
    assert.equal(input.large.length, large.length)
    assert.equal(input.large.at(-1), large.at(-1))
  })

  it('write no input that is too large for JSON', async () => {
    const file = join(folder, 'large.json')
    const id = await done({ huge: new Float64Array(2 * 1024 * 1024 + 1) })
    assert.equal(await run('saveInput', { ids: [id], file }), undefined)
    assert.ok(!readdirSync(folder).includes('large.json'))
  })

  it('save its result as JSON and files of numpy', async () => {
    const saved = join(folder, 'saved')
    const files = await vscode.commands.executeCommand<string[]>('headlessJobs.saveResults', {
      ids: [await done({ table })],
      folder: saved,
    })
    assert.deepEqual(files, [join(saved, 'echoes.json')])
    assert.deepEqual(JSON.parse(readFileSync(join(saved, 'echoes.json'), 'utf8')), {
      got: { table: { npy: 'echoes.got.table.npy' } },
    })
    assert.deepEqual(readdirSync(saved).sort(), ['echoes.got.table.npy', 'echoes.json'])
  })
})
