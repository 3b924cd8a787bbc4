// Relative paths of a job mean what they mean in its window, though the service and its runners live elsewhere.
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { stateForEach } from '../../support/testService'
import type { TestWindow } from '../../support/window'

let folder: string
let window: TestWindow
let open: (cwd: string) => TestWindow
stateForEach(given => {
  open = cwd => given.open({ cwd })
})
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'hj-folder-')))
  mkdirSync(join(folder, 'data/deep'), { recursive: true })
  window = open(folder)
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('a relative cwd is one of the window’s folder, and so are the files and programs of the job of that', async () => {
  const data = join(folder, 'data')
  writeFileSync(join(data, 'in.txt'), 'input')
  writeFileSync(join(data, 'copy.sh'), '#!/bin/sh\npwd >&2\ncat\n', { mode: 0o755 })
  writeFileSync(join(data, 'wrap.sh'), '#!/bin/sh\nexec "$@"\n', { mode: 0o755 })
  const job = window.api.submit({
    command: ['./copy.sh'],
    wrapper: ['./wrap.sh'],
    cwd: 'data',
    stdin: { file: 'in.txt' },
    stdout: { file: 'deep/out.txt' },
    stderr: { file: '../err.txt' },
  })
  expect(job.info.cwd).toBe(data)
  expect(await job.result).toMatchObject({ state: 'succeeded', value: join(data, 'deep/out.txt') })
  expect(readFileSync(join(data, 'deep/out.txt'), 'utf8')).toBe('input')
  expect(readFileSync(join(folder, 'err.txt'), 'utf8')).toBe(`${data}\n`)
  expect((await window.api.list({ ids: [job.id] })).jobs[0]?.cwd).toBe(data)
})

test('a relative cwd of a shell line and of a batch', async () => {
  const specs = ['.', 'data', 'data/deep', './data/../data'].map(cwd => ({
    command: ['pwd -P'],
    shell: true,
    cwd,
    stdout: 'text' as const,
  }))
  const { results } = await window.api.submitBatch<string>(specs).completed
  expect(results.map(result => (result.state === 'succeeded' ? result.value : result.error?.message))).toEqual(
    ['', '/data', '/data/deep', '/data'].map(end => `${folder}${end}\n`),
  )
})

test('a relative cwd of workers, kept for jobs or for requests', async () => {
  const script = join(folder, 'where.mjs')
  writeFileSync(
    script,
    `import { createInterface } from 'node:readline'
console.log('{"hello":1}')
for await (const line of createInterface({ input: process.stdin }))
  console.log(JSON.stringify({ id: JSON.parse(line).id, value: process.cwd() }))
`,
  )
  const worker = window.api.startWorker({ command: [process.execPath, '../where.mjs'], cwd: 'data' })
  expect(await worker.request(1)).toBe(join(folder, 'data'))
  await worker.dispose()
  const kept = { command: [process.execPath, script], protocol: 'lines', keepAlive: true, cwd: 'data/deep' } as const
  expect(await window.api.submit({ ...kept, stdin: { value: 1 } }).result).toMatchObject({
    value: join(folder, 'data/deep'),
  })
})

test('a relative cwd that is not there is named with its whole path', async () => {
  const { error } = (await window.api.submit({ command: ['true'], cwd: 'nowhere' }).result) as {
    error?: { message: string }
  }
  expect(error?.message).toContain(join(folder, 'nowhere'))
})
