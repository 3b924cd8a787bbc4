// A runner that outlives its connections ends only when none comes for a while, and says all that it has to whoever takes it over.
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { TestKeptRunner } from '../../support/keptRunner'
import { makeTempState, type TempState } from '../../support/tempState'
import { until } from '../../support/until'

const LIMIT_MS = 20_000

let state: TempState
let runner: TestKeptRunner | undefined
beforeEach(() => {
  state = makeTempState()
  runner = undefined
})
afterEach(async () => {
  await runner?.end()
  await state.remove()
})

function begin(keepSeconds: number): TestKeptRunner {
  runner = new TestKeptRunner(join(state.folder, 'kept', 'r'), keepSeconds)
  return runner
}

describe.skipIf(process.platform === 'win32')('a runner that outlives its connections', () => {
  it('goes on over a connection that replaces one of which it does not know that it was lost', async () => {
    const runner = begin(10)
    const first = await runner.takeOver()
    runner.start(1, ['sleep', '21'])
    await runner.said('started', 1)
    const close = first.destroy.bind(first)
    first.destroy = () => first // the other side has vanished: no end comes from there
    await runner.resume()
    expect((await runner.said('ended', 1)).end).toMatchObject({ exitCode: 0, endedBy: 'self' })
    close()
  })

  it('says in parts what it has to who takes it over: all of it would be more than a message may have', async () => {
    const runner = begin(60)
    await runner.takeOver()
    const both = 'head -c 65536 /dev/zero; head -c 65536 /dev/zero >&2'
    const numbers = Array.from({ length: 120 }, (_, i) => i + 1)
    for (const run of numbers) runner.start(run, ['sh', '-c', both])
    for (const run of numbers) await runner.said('ended', run)
    await runner.takeOver()
    const said = () => runner.received.filter(message => message.type === 'runs')
    await until(() => said().some(({ more }) => !more), LIMIT_MS, 'all that it has')
    const known = said().flatMap(({ runs }) => runs)
    expect(known.map(({ run }) => run)).toEqual(numbers)
    expect(known.every(({ ended }) => ended?.end.exitCode === 0)).toBe(true)
  })
})
