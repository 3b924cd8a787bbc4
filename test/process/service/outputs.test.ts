// Outputs as documents read them: both streams by time, while a job runs, when it has ended, and of an attempt that was tried again;
// a part of a large one; and what of them stands in a table.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { JobSpec } from '../../../src/api'
import { exportedOutput } from '../../../src/extension/outputs/exportedOutput'
import { OutputSource } from '../../../src/extension/outputs/outputSource'
import type { ExportText } from '../../../src/extension/text/exportModel'
import type { OutputPart } from '../../../src/extension/text/outputModel'
import type { TempState } from '../../support/tempState'
import { serviceForEach } from '../../support/testService'
import { until } from '../../support/until'
import type { TestWindow } from '../../support/window'
import { workerCommand } from '../../support/workers'

const LIMIT_MS = 20_000
const MB = 1024 * 1024

let state: TempState
let window: TestWindow
serviceForEach(given => ({ state, window } = given), { concurrency: 2, maxOutputMegabytes: 64 })

const source = () => new OutputSource(window.client)
const textOf = async (id: string, retry?: number) =>
  (await source().read({ id, part: 'output', ...(retry !== undefined && { retry }) })).toString()

/** Each line waits until the one before was read, so that there is one order in which they come. */
const inTurn = (lines: readonly string[]) =>
  lines.map((line, n) => `${line}; until [ -e "$0-${n}" ]; do sleep 0.02; done`).join('; ')

test('stdout and stderr are one text by time, as they come and when the job has ended', async () => {
  const lines = ['echo 1', 'echo 2 >&2', 'echo 3 >&2', 'printf 4', 'echo 5 >&2', 'echo 6']
  const go = join(state.folder, 'go')
  const job = window.api.submit({ command: ['sh', '-c', inTurn(lines), go] })
  const expected = ['1\n', '1\n2\n', '1\n2\n3\n', '1\n2\n3\n4', '1\n2\n3\n45\n', '1\n2\n3\n45\n6\n']
  await until(() => job.info.state === 'running', LIMIT_MS, 'a process')
  for (const [n, text] of expected.entries()) {
    await until(async () => (await textOf(job.id)) === text, LIMIT_MS, text)
    writeFileSync(`${go}-${n}`, '')
  }
  expect((await job.result).state).toBe('succeeded')
  expect(await textOf(job.id)).toBe(expected.at(-1))
  const { order } = await source().output({ id: job.id, part: 'output' })
  expect(order?.turns).toEqual([2, -4, 1, -2, 2])
  expect(job.info).not.toHaveProperty('order')
  const file = join(state.folder, 'saved')
  await source().save({ id: job.id, part: 'output' }, file)
  expect(readFileSync(file, 'utf8')).toBe(expected.at(-1))
})

test('one stream alone is the text, and an attempt that was tried again keeps its order', async () => {
  const [out, err] = [
    ['echo', 'out'],
    ['sh', '-c', 'echo err >&2'],
  ].map(command => window.api.submit({ command }))
  await Promise.all([out?.result, err?.result])
  expect(await textOf(out?.id ?? '')).toBe('out\n')
  expect(await textOf(err?.id ?? '')).toBe('err\n')
  const go = join(state.folder, 'again')
  const script = `if [ -e "$0-1" ]; then echo second; exit; fi; ${inTurn(['echo e >&2', 'echo o'])}; exit 1`
  const job = window.api.submit({ command: ['sh', '-c', script, go], retries: 1 })
  await until(async () => (await textOf(job.id)) === 'e\n', LIMIT_MS, 'the first line')
  writeFileSync(`${go}-0`, '')
  await until(async () => (await textOf(job.id)) === 'e\no\n', LIMIT_MS, 'the second line')
  writeFileSync(`${go}-1`, '')
  expect((await job.result).state).toBe('succeeded')
  expect(await textOf(job.id)).toBe('second\n')
  expect(await textOf(job.id, 1)).toBe('e\no\n')
})

test('what both wrote in files is read in parts', async () => {
  const script = `import sys
line = b"." * 1023 + b"\\n"
for n in range(20):
    sys.stdout.buffer.write(line * 512)
    sys.stdout.buffer.flush()
    sys.stderr.buffer.write(b"%d\\n" % n)
    sys.stderr.buffer.flush()
`
  const job = window.api.submit({ command: ['python3', '-c', script] })
  expect((await job.result).state).toBe('succeeded')
  const { total, read, order } = await source().output({ id: job.id, part: 'output' })
  expect(total).toBe(10 * MB + 50)
  expect(order?.turns.reduce((sum, bytes) => sum + Math.min(0, bytes), 0)).toBe(-50)
  expect(await read(total - 3 * MB, 2 * MB)).toHaveLength(2 * MB)
  const numbers = (await source().read({ id: job.id, part: 'output' })).toString().match(/\d+/g)
  expect(numbers).toEqual(Array.from({ length: 20 }, (_, n) => String(n)))
})

test('of what was beyond the limit nothing is offered to be read', async () => {
  await window.configure({ maxOutputMegabytes: 1 })
  const job = window.api.submit({ command: ['sh', '-c', 'echo first >&2; yes | head -c 30000000'] })
  expect((await job.result).state).toBe('failed')
  for (const part of ['stdout', 'output'] as const) {
    const { total, read } = await source().output({ id: job.id, part })
    expect(total).toBe(MB + (part === 'output' ? 6 : 0))
    expect(await read(total - 2, 100)).toHaveLength(2)
  }
})

test('two streams are text also where what comes on one parts a character of the other', async () => {
  const go = join(state.folder, 'go')
  const turns = ["printf 'Gr\\303'", "printf '\\342\\202' >&2", "printf '\\244ber\\n'", "printf '\\254\\n' >&2"]
  const job = window.api.submit({ command: ['sh', '-c', inTurn(turns), go] })
  for (const [n, total] of [3, 5, 10, 12].entries()) {
    const isRead = async () => (await source().output({ id: job.id, part: 'output' })).total === total
    await until(isRead, LIMIT_MS, `${total} bytes`)
    expect(await source().isText({ id: job.id, part: 'output' })).toBe(true)
    writeFileSync(`${go}-${n}`, '')
  }
  expect((await job.result).state).toBe('succeeded')
  const isText = (part: OutputPart) => source().isText({ id: job.id, part })
  expect(await Promise.all((['stdout', 'stderr', 'output'] as const).map(isText))).toEqual([true, true, true])
  const data = window.api.submit({ command: ['sh', '-c', "echo text; printf '\\377' >&2"] })
  await data.result
  expect(await source().isText({ id: data.id, part: 'stdout' })).toBe(true)
  expect(await source().isText({ id: data.id, part: 'output' })).toBe(false)
})

/** As it ends, what of it is in a table. */
async function exported(spec: JobSpec<unknown>, wanted: ExportText) {
  const job = window.api.submit(spec)
  const { state: ended } = await job.result
  return { state: ended, ...(await exportedOutput(window.client, source(), job.info, wanted)) }
}

const exportTexts = ['lastLine', 'whole'] as const

test.each(exportTexts)('what was in its file before a job failed is not in the table: %s', async wanted => {
  const file = join(state.folder, 'volume.txt')
  const writes = (end: string) => ({ command: ['sh', '-c', `echo mean 1.5; ${end}`], stdout: { file } })
  expect(await exported(writes('exit 0'), 'lastLine')).toEqual({ state: 'succeeded', text: 'mean 1.5', file })
  expect(await exported(writes('exit 1'), wanted)).toEqual({ state: 'failed' })
})

test('a file that cannot be read any more, or has gone, is named, and does not end the table', async () => {
  const file = join(state.folder, 'volume.txt')
  const job = window.api.submit({ command: ['echo', 'mean 1.5'], stdout: { file } })
  await job.result
  rmSync(file)
  expect(await exportedOutput(window.client, source(), job.info, 'lastLine')).toEqual({ file })
  mkdirSync(file)
  const text = '(it could not be read)'
  expect(await exportedOutput(window.client, source(), job.info, 'lastLine')).toEqual({ text, file })
})

test('of a file of gigabytes the table has the last line, which alone is read', async () => {
  await window.configure({ maxOutputMegabytes: 4096 })
  const script = 'import os; os.lseek(1, 3 << 30, os.SEEK_SET); os.write(1, b"\\nmean 1.5\\n")'
  const file = join(state.folder, 'volume.txt')
  const spec = { command: ['python3', '-c', script], stdout: { file } }
  expect(await exported(spec, 'lastLine')).toEqual({ state: 'succeeded', text: 'mean 1.5', file })
  expect(await exported(spec, 'whole')).toEqual({ state: 'succeeded', text: '(3 GB, not in this table)', file })
})

test.each(exportTexts)('an answer is in the table unless it is long: %s', async wanted => {
  const answers = (value: string) =>
    ({ command: workerCommand('echoes.py'), protocol: 'lines', stdin: { value } }) as const
  expect((await exported(answers('short'), wanted)).text).toContain('"value": "short"')
  const text = expect.stringMatching(/^\(2(\.\d)? MB, not in this table\)$/)
  expect(await exported(answers('x'.repeat(2 * MB)), wanted)).toEqual({ state: 'succeeded', text })
})
