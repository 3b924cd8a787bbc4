// The command line that is copied for a terminal has all that the job does.
import { describe, expect, it } from 'vitest'
import type { TypedArray } from '../../../src/api'
import type { StoredInput, StoredSpec } from '../../../src/core/jobs/job'
import { bytesOfArray, type DType, dtypeOf } from '../../../src/core/values/arrays'
import { type ArrayEntry, encodeFrame } from '../../../src/core/values/frames'
import { inputGap, terminalCommand, terminalSpec } from '../../../src/extension/text/terminalCommand'

const spec: StoredSpec = { id: 'x', name: 'x', cwd: '/ws', command: ['wc', '-c'] }
const commandLine = (changes: Partial<StoredSpec>, serviceEnv: Record<string, string> = {}) =>
  terminalCommand({ ...spec, ...changes }, { serviceEnv, pythonFolder: '/x y/python', windows: false })

describe('for a POSIX shell', () => {
  it.each<[string, Partial<StoredSpec>, string]>([
    ['reads nothing', {}, 'cd /ws && wc -c < /dev/null'],
    ['a folder with blanks', { cwd: '/my ws' }, `cd '/my ws' && wc -c < /dev/null`],
    [
      'a file in, files out',
      { stdin: { file: '/i n' }, stdout: { file: '/o' }, stderr: { file: '/e' } },
      `cd /ws && wc -c < '/i n' > /o 2> /e`,
    ],
    ['text', { stdin: { text: "it's" } }, `cd /ws && printf %s 'it'\\''s' | wc -c`],
    ['bytes', { stdin: { base64: 'AAH/' } }, 'cd /ws && printf %s AAH/ | base64 -d | wc -c'],
    ['a wrapper', { wrapper: ['conda', 'run', '-n', 'fsl'] }, 'cd /ws && conda run -n fsl wc -c < /dev/null'],
    [
      'a shell',
      { command: ['ls | wc'], shell: 'bash -o pipefail' },
      `cd /ws && bash -o pipefail -c 'ls | wc' < /dev/null`,
    ],
    ['the default shell', { command: ['ls'], shell: true }, 'cd /ws && /bin/sh -c ls < /dev/null'],
    ['variables', { env: { A: 'b c', B: null } }, `cd /ws && env -u B A='b c' wc -c < /dev/null`],
    [
      'where Python finds the helper',
      { protocol: 'lines' },
      `cd /ws && PYTHONPATH="\${PYTHONPATH:+$PYTHONPATH:}"'/x y/python' wc -c < /dev/null`,
    ],
    [
      'the helper behind what the job sets',
      { protocol: 'lines', env: { PYTHONPATH: '/own' } },
      `cd /ws && PYTHONPATH='/own:/x y/python' wc -c < /dev/null`,
    ],
    ['a secret', { env: {}, secretEnv: ['MY_TOKEN'] }, 'cd /ws && MY_TOKEN="$MY_TOKEN" wc -c < /dev/null'],
  ])('%s', (_, changes, expected) => {
    expect(commandLine(changes)).toBe(expected)
  })

  it('has the thread variables, unless the job sets them', () => {
    const threads = { OMP_NUM_THREADS: '1', MKL_NUM_THREADS: '1' }
    expect(commandLine({ env: { MKL_NUM_THREADS: '4' } }, threads)).toBe(
      'cd /ws && OMP_NUM_THREADS=1 MKL_NUM_THREADS=4 wc -c < /dev/null',
    )
  })
})

describe('for the Command Prompt', () => {
  it.each<[string, Partial<StoredSpec>, string]>([
    [
      'words',
      { command: ['C:\\p q\\x.exe', 'a "b"', 'c\\'] },
      'cd /d "C:\\ws" && "C:\\p q\\x.exe" "a \\"b\\"" c\\ < NUL',
    ],
    ['files', { stdin: { file: 'C:\\i' }, stdout: { file: 'C:\\o p' } }, 'cd /d "C:\\ws" && wc -c < C:\\i > "C:\\o p"'],
    [
      'where Python finds the helper',
      { protocol: 'lines' },
      'cd /d "C:\\ws" && (if defined PYTHONPATH (set "PYTHONPATH=%PYTHONPATH%;C:\\x y\\python") else set "PYTHONPATH=C:\\x y\\python") && wc -c < NUL',
    ],
    [
      'the helper behind what the job sets',
      { protocol: 'lines', env: { PYTHONPATH: 'C:\\own' } },
      'cd /d "C:\\ws" && set "PYTHONPATH=C:\\own;C:\\x y\\python" && wc -c < NUL',
    ],
    ['variables', { env: { A: '1', B: null } }, 'cd /d "C:\\ws" && set "A=1" && set "B=" && wc -c < NUL'],
  ])('%s', (_, changes, expected) => {
    expect(
      terminalCommand(
        { ...spec, cwd: 'C:\\ws', ...changes },
        { serviceEnv: {}, pythonFolder: 'C:\\x y\\python', windows: true },
      ),
    ).toBe(expected)
  })
})

describe('an input', () => {
  const gap = (stdin: StoredInput, windows = false, protocol?: 'frames') =>
    inputGap({ stdin, ...(protocol && { protocol }) }, windows)
  const frameOf = (array: TypedArray): StoredInput => {
    const entry: ArrayEntry = { path: ['value', 'v'], dtype: dtypeOf(array) as DType, shape: [array.length] }
    const frame = encodeFrame(0, { job: 'x', value: { v: null } }, [entry], [bytesOfArray(array)])
    return { base64: Buffer.from(frame).toString('base64') }
  }

  it('that does not fit is left out, and the user is notified', () => {
    const large = { text: 'x'.repeat(5000) }
    expect(gap(large)).toMatch(/Save Input/)
    expect(gap({ ask: true })).toMatch(/extension/)
    expect(gap({ text: 'x' })).toBeUndefined()
    expect(gap({ text: 'x' }, true)).toMatch(/Save Input/)
    expect(gap({ file: '/x' }, true)).toBeUndefined()
    expect(inputGap({}, true)).toBeUndefined()
    expect(terminalSpec({ ...spec, stdin: large }, false)).not.toHaveProperty('stdin')
    expect(terminalSpec({ ...spec, stdin: { text: 'x' } }, false)).toHaveProperty('stdin')
  })

  it('that is a frame becomes JSON, unless that is large', () => {
    const small = frameOf(new Float32Array([0.1, 2]))
    expect(gap(small, false, 'frames')).toBeUndefined()
    expect(terminalSpec({ ...spec, protocol: 'frames', stdin: small }, false).stdin).toEqual({
      text: '{"v":[0.1,2.0]}',
    })
    const large: readonly StoredInput[] = [
      frameOf(new Float64Array(2000)),
      { file: '/x', owned: true },
      { base64: 'AAAA', arrays: true },
    ]
    for (const stdin of large) {
      expect(gap(stdin, false, 'frames')).toMatch(/Save Input/)
      expect(terminalSpec({ ...spec, protocol: 'frames', stdin }, false)).not.toHaveProperty('stdin')
    }
    expect(gap(small, true, 'frames')).toMatch(/Save Input/)
  })
})
