// What a job leaves running and how it is reported: processes that had to be ended, and those that keep its outputs open.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fixture, RunBench } from '../../support/runs'
import { isAlive } from '../../support/tempState'
import { serviceForAll } from '../../support/testService'
import type { TestWindow } from '../../support/window'

let bench: RunBench
beforeAll(() => {
  bench = new RunBench()
})
afterAll(() => bench.close())

describe('leftovers', () => {
  test('are no children that end by themselves in time, however many and however late', async () => {
    const line = 'for i in 1 2 3; do (sleep 1) & done; (sleep 0.4) >/dev/null 2>&1 &'
    const { state, end } = await bench.run([line], { shell: true, graceMs: 60_000 })
    expect(state).toBe('succeeded')
    expect(end.leftovers).toBe(0)
  })

  test('are those alone that had to be ended', async () => {
    const { end } = await bench.run(['(sleep 0.2) & sleep 600 & sleep 600 &'], { shell: true, graceMs: 3000 })
    expect(end.leftovers).toBe(2)
  })
})

describe('an output that another process keeps open', () => {
  const linux = process.platform === 'linux'

  test('is noted, on Linux with the process', async () => {
    const { state, stdout, end } = await bench.run(fixture('hides.py'))
    process.kill(Number(stdout), 'SIGKILL')
    expect(state).toBe('succeeded')
    const who = linux ? `another process (pid ${stdout.trim()}, sleep)` : 'another process'
    expect(end.note).toBe(
      `Its stdout and stderr were still held open by ${who} when it had ended; what came later was not read.`,
    )
  })

  test('of the two only the one that is', async () => {
    const line = 'env -i PATH="$PATH" setsid sleep 600 2>/dev/null & echo $!'
    const { stdout, end } = await bench.run([line], { shell: true })
    expect(isAlive(Number(stdout))).toBe(true)
    process.kill(Number(stdout), 'SIGKILL')
    expect(end.note).toMatch(/^Its stdout was still held open by another process/)
  })

  test('is not noted for a job whose outputs have ended with it', async () => {
    expect((await bench.run(['echo', 'done'])).end.note).toBeUndefined()
    expect((await bench.run(fixture('leaves-group.py'))).end.note).toBeUndefined()
  })
})

describe('the facts of the job', () => {
  let window: TestWindow
  serviceForAll(given => ({ window } = given), { killGraceSeconds: 1 })

  test('have the note', async () => {
    const job = window.api.submit({ command: fixture('hides.py'), stdout: 'text' })
    const result = await job.result
    if (result.state === 'succeeded') process.kill(Number(result.value), 'SIGKILL')
    expect(result.state).toBe('succeeded')
    expect(job.info.note).toContain('still held open')
    expect((await window.api.list({ ids: [job.id] })).jobs[0]?.note).toBe(job.info.note)
  })
})
