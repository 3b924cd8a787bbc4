// The line that is copied for a terminal does there what the job does: a shell runs it and is asked what came out.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: such strings are what is tested
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { StoredSpec } from '../../src/core/job'
import { terminalLine } from '../../src/extension/terminalLine'

const spec: StoredSpec = { id: 'x', name: 'x', cwd: '/', command: ['true'] }
const line = (changes: Partial<StoredSpec>) => terminalLine({ ...spec, ...changes }, { serviceEnv: {}, windows: false })

describe('run by a shell', () => {
  let folder: string
  const run = (changes: Partial<StoredSpec>) =>
    execFileSync('bash', ['-c', line({ cwd: folder, ...changes })]).toString()

  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), "hj it's $x;"))
    writeFileSync(path.join(folder, '-in ü'), 'abc')
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  it('gives the program its words', () => {
    const words = ['a b', "it's", '$HOME', '"', '\\', 'ü', 'line\nbreak', '', '*', '-n']
    expect(run({ command: ['printf', '<%s>', ...words] })).toBe(words.map(word => `<${word}>`).join(''))
  })

  it('feeds and saves', () => {
    run({ command: ['cat'], stdin: { file: path.join(folder, '-in ü') }, stdout: { file: path.join(folder, 'o;ut') } })
    expect(readFileSync(path.join(folder, 'o;ut'), 'utf8')).toBe('abc')
    expect(run({ command: ['cat'], stdin: { text: 'x\ny' } })).toBe('x\ny')
    expect(run({ command: ['cat'], stdin: { base64: Buffer.from('bytes').toString('base64') } })).toBe('bytes')
    expect(run({ command: ['cat'] })).toBe('')
  })

  it('sets and removes variables', () => {
    const command = ['printf "%s|%s" "$A" "${HOME-none}"']
    expect(run({ command, shell: 'bash', env: { A: '$x "y"', HOME: null } })).toBe('$x "y"|none')
  })
})
