// The line that is copied for a terminal says all that the job does.
import { describe, expect, it } from 'vitest'
import type { StoredSpec } from '../../src/core/job'
import { forLine, inputGap, terminalLine } from '../../src/extension/terminalLine'

const spec: StoredSpec = { id: 'x', name: 'x', cwd: '/ws', command: ['wc', '-c'] }
const line = (changes: Partial<StoredSpec>, serviceEnv: Record<string, string> = {}) =>
  terminalLine({ ...spec, ...changes }, { serviceEnv, windows: false })

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
    ['a secret', { env: {}, secretEnv: ['MY_TOKEN'] }, 'cd /ws && MY_TOKEN="$MY_TOKEN" wc -c < /dev/null'],
  ])('%s', (_, changes, expected) => {
    expect(line(changes)).toBe(expected)
  })

  it('has the thread variables, unless the job sets them', () => {
    const threads = { OMP_NUM_THREADS: '1', MKL_NUM_THREADS: '1' }
    expect(line({ env: { MKL_NUM_THREADS: '4' } }, threads)).toBe(
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
    ['variables', { env: { A: '1', B: null } }, 'cd /d "C:\\ws" && set "A=1" && set "B=" && wc -c < NUL'],
  ])('%s', (_, changes, expected) => {
    expect(terminalLine({ ...spec, cwd: 'C:\\ws', ...changes }, { serviceEnv: {}, windows: true })).toBe(expected)
  })
})

it('says when the input does not fit, and leaves it out', () => {
  const large = { text: 'x'.repeat(5000) }
  expect(inputGap(large, false)).toMatch(/Save Input/)
  expect(inputGap({ ask: true }, false)).toMatch(/extension/)
  expect(inputGap({ text: 'x' }, false)).toBeUndefined()
  expect(inputGap({ text: 'x' }, true)).toMatch(/Save Input/)
  expect(inputGap({ file: '/x' }, true)).toBeUndefined()
  expect(forLine({ ...spec, stdin: large }, false)).not.toHaveProperty('stdin')
  expect(forLine({ ...spec, stdin: { text: 'x' } }, false)).toHaveProperty('stdin')
})
