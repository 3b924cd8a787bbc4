// A machine that is short of something is not the job's fault: it waits and starts.
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fixtures, RunBench } from '../../support/runs'

let bench: RunBench
beforeAll(() => {
  bench = new RunBench()
})
afterAll(() => bench.close())

test('too many open files: the jobs wait until there is room, and can be stopped meanwhile', async () => {
  const outfile = bench.file('shortage.cjs')
  await build({
    entryPoints: [path.join(fixtures, 'runs-short-of-files.ts')],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    outfile,
  })
  const line = 'ulimit -n 64 && exec "$0" "$1" "$2"'
  const { stdout } = await promisify(execFile)('/bin/sh', ['-c', line, process.execPath, outfile, bench.folder])
  expect(JSON.parse(stdout)).toEqual({
    startedWhileShort: false,
    states: ['succeeded', 'succeeded'],
    stopped: 'cancelled',
    taken: true,
  })
  expect(readFileSync(bench.file('out.txt'), 'utf8')).toBe('patience')
})
