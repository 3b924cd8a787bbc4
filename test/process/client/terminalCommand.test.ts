// The command line that is copied for a terminal does there what the job does: a shell runs it, and its output is compared.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: such strings are what is tested
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { StoredSpec } from '../../../src/core/jobs/job'
import { encodeFrame } from '../../../src/core/values/frames'
import { terminalCommand, terminalSpec } from '../../../src/extension/text/terminalCommand'

const spec: StoredSpec = { id: 'x', name: 'x', cwd: '/', command: ['true'] }
const options = { serviceEnv: {}, pythonFolder: path.resolve('src/python'), windows: false }
const line = (changes: Partial<StoredSpec>) => terminalCommand(terminalSpec({ ...spec, ...changes }, false), options)

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

  describe('a worker with the helper', () => {
    const command = ['python3', '-c', 'from headless_jobs import serve; serve(lambda value: [value, "seen"])']

    it('gets a value as JSON and prints what it answers', () => {
      expect(JSON.parse(run({ command, protocol: 'lines', stdin: { text: `{"it's":"$1"}` } }))).toEqual([
        { "it's": '$1' },
        'seen',
      ])
      expect(JSON.parse(run({ command, protocol: 'lines' }))).toEqual([null, 'seen'])
    })

    it('gets the arrays of a frame as lists, NaN included', () => {
      const numbers = new Uint8Array(new Float32Array([0.1, Number.NaN, -3, Number.NEGATIVE_INFINITY]).buffer)
      const entry = { path: ['value', 'v'], dtype: 'float32', shape: [2, 2] } as const
      const frame = encodeFrame(0, { value: { v: null } }, [entry], [numbers])
      const stdin = { base64: Buffer.from(frame).toString('base64') }
      const shows = command.with(2, 'from headless_jobs import serve; serve(lambda value: str(value))')
      expect(JSON.parse(run({ command: shows, protocol: 'frames', stdin }))).toBe("{'v': [[0.1, nan], [-3.0, -inf]]}")
    })

    it('finds the helper behind what PYTHONPATH has', () => {
      const shown = (env: Record<string, string>, changes: Partial<StoredSpec> = {}) => {
        const text = line({
          cwd: folder,
          protocol: 'lines',
          command: ['sh', '-c', 'printf %s "$PYTHONPATH"'],
          ...changes,
        })
        return execFileSync('bash', ['--norc', '-c', text], { env: { PATH: process.env.PATH, ...env } }).toString()
      }
      const helper = options.pythonFolder
      expect(shown({})).toBe(helper)
      expect(shown({ PYTHONPATH: '/my own' })).toBe(`/my own:${helper}`)
      expect(shown({ PYTHONPATH: '/my own' }, { env: { PYTHONPATH: '/of the job' } })).toBe(`/of the job:${helper}`)
      expect(shown({ PYTHONPATH: '/my own' }, { env: { PYTHONPATH: null } })).toBe(helper)
      expect(shown({ PYTHONPATH: '/secret' }, { secretEnv: ['PYTHONPATH'] })).toBe(`/secret:${helper}`)
    })
  })
})
