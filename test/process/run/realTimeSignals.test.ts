// Deaths by signals that have numbers and no names.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { explainExit } from '../../../src/core/jobs/job'
import { type Outcome, RunBench } from '../../support/runs'

let bench: RunBench
beforeAll(() => {
  bench = new RunBench()
})
afterAll(() => bench.close())

/** Whether it is seen depends on who is quicker, the death or Node; it is in nearly all cases. */
const TRIES = 20

async function outcomeIn(line: string): Promise<Outcome | undefined> {
  for (let tries = 0; tries < TRIES; tries++) {
    const outcome = await bench.run([line], { shell: true })
    if (outcome.end.signal !== null) return outcome
  }
  return undefined
}

describe.runIf(process.platform === 'linux')('a job that ends by a real-time signal', () => {
  test.each([
    ['kill -37 $$', 'SIGRTMIN+3'],
    ['echo hi; kill -64 $$', 'SIGRTMIN+30'],
    ['echo hi; echo ho >&2; sleep 0.1; kill -34 $$', 'SIGRTMIN'],
  ])('%s has failed by %s', async (line, signal) => {
    const outcome = await outcomeIn(line)
    expect(outcome?.state).toBe('failed')
    expect(outcome?.end).toMatchObject({ exitCode: null, signal, endedBy: 'self' })
    expect(outcome?.error).toEqual({ kind: 'signal', message: `Ended by signal ${signal}.` })
  })

  test('while one that ends well, or has closed its outputs before, is reported as it is', async () => {
    expect((await bench.run(['exec >&- 2>&-; sleep 0.2; exit 0'], { shell: true })).end).toMatchObject({
      exitCode: 0,
      signal: null,
    })
    expect((await bench.run(['exec >&- 2>&-; sleep 0.2; exit 37'], { shell: true })).end.exitCode).toBe(37)
    expect((await bench.run(['kill -9 $$'], { shell: true })).end.signal).toBe('SIGKILL')
  })

  test('is explained also when a shell reports it', async () => {
    const { error } = await bench.run(['sh -c "kill -37 \\$\\$"; exit $?'], { shell: true })
    expect(error).toEqual({ kind: 'exit', message: 'Exit code 165: SIGRTMIN+3 (signal 37).' })
  })
})

test('exit codes of shells for signals', () => {
  expect(explainExit(128 + 34)).toBe('Exit code 162: SIGRTMIN (signal 34).')
  expect(explainExit(128 + 64)).toBe('Exit code 192: SIGRTMIN+30 (signal 64).')
  expect(explainExit(128 + 25)).toBe('Exit code 153: SIGXFSZ, over a file size limit.')
  expect(explainExit(128 + 65)).toBe('Exit code 193.')
  expect(explainExit(255)).toBe('Exit code 255.')
})
