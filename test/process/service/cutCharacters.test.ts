// Output that is cut is cut between two characters, wherever it becomes text.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { MAX_INLINE_BYTES } from '../../../src/core/protocol/limits'
import type { TempState } from '../../support/tempState'
import { serviceForAll } from '../../support/testService'
import { until } from '../../support/until'
import type { TestWindow } from '../../support/window'

let state: TempState
let window: TestWindow
serviceForAll(
  given => {
    state = given.state
    window = given.window
  },
  { concurrency: 2 },
)

/** Some more than what is kept, ended so that a character lies across the cut, whichever way it is counted. */
const printing = (character: string, extra: string) =>
  `process.stderr.write(${JSON.stringify(character)}.repeat(${MAX_INLINE_BYTES / 2 + 5}) + ${JSON.stringify(extra)})`

describe.each(['é', '名', '🧠'])('the end of a long stderr of %s', character => {
  test.each(['', 'a', 'ab', 'abc'])('and “%s”', async extra => {
    const command = [process.execPath, '-e', printing(character, extra)]
    const result = await window.api.submit({ command }).result
    expect(result).toMatchObject({ state: 'succeeded', stderrTruncated: true })
    expect(result.stderr).not.toContain('\ufffd')
    expect(result.stderr.endsWith(character + extra)).toBe(true)
    expect(Buffer.byteLength(result.stderr)).toBeGreaterThan(MAX_INLINE_BYTES - 4)
  })
})

test('the end of a stderr that is a file', async () => {
  const file = join(state.folder, 'err.txt')
  const command = [process.execPath, '-e', printing('名', 'ab')]
  const result = await window.api.submit({ command, stderr: { file } }).result
  expect(result.stderr).not.toContain('\ufffd')
  expect(result.stderr.startsWith('名')).toBe(true)
})

describe('a worker', () => {
  const script = () => {
    const file = join(state.folder, 'talks.mjs')
    writeFileSync(
      file,
      `import { createInterface } from 'node:readline'
const pause = ms => new Promise(resolve => setTimeout(resolve, ms))
process.stdout.write('{"hello":1}\\n')
for await (const line of createInterface({ input: process.stdin })) {
  const { id, value } = JSON.parse(line)
  if (value === 'bytes') for (const byte of Buffer.from('名é🧠!')) {
    process.stderr.write(Buffer.from([byte]))
    await pause(150)
  }
  else await new Promise(written => process.stderr.write(value, written))
  process.stdout.write(JSON.stringify({ id, value: null }) + '\\n')
}
`,
    )
    return [process.execPath, file]
  }

  test('that prints byte by byte is received character by character', async () => {
    const worker = window.api.startWorker({ command: script() })
    let received = ''
    worker.onLog(text => (received += text))
    await worker.request('bytes')
    await until(() => received.endsWith('!'), 60_000, 'the end of what it printed')
    expect(received).toBe('名é🧠!')
    await worker.dispose()
  })

  test('that prints much before it ends', async () => {
    const worker = window.api.startWorker({ command: script() })
    const exit = new Promise<{ stderr: string }>(resolve => worker.onDidExit(resolve))
    await worker.request(`${'名'.repeat(MAX_INLINE_BYTES)}ab`)
    await worker.dispose()
    const { stderr } = await exit
    expect(stderr).not.toContain('\ufffd')
    expect(stderr.endsWith('名ab')).toBe(true)
  })

  test('that prints much for a job', async () => {
    const value = `${'名'.repeat(MAX_INLINE_BYTES)}ab`
    const spec = { command: script(), protocol: 'lines', keepAlive: true } as const
    const result = await window.api.submit({ ...spec, stdin: { value } }).result
    expect(result.stderr).not.toContain('\ufffd')
    expect(result.stderr.endsWith('名ab')).toBe(true)
  })
})
