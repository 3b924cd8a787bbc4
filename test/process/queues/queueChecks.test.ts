// What “Test Queue…” tries, on queues that work and on some that do not.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { QueueConfigs } from '../../../src/core/jobs/queueConfig'
import { outcomeOf, type QueueCheck, queueChecks } from '../../../src/extension/commands/service/queueChecks'
import type { TempState } from '../../support/tempState'
import { stateForEach } from '../../support/testService'
import type { TestWindow, WindowOptions } from '../../support/window'

let state: TempState
let open: (options?: WindowOptions) => TestWindow
stateForEach(given => ({ state, open } = given))

const node = process.execPath
const queues: QueueConfigs = {
  works: { kind: 'command', launch: ['env'], node },
  fails: { kind: 'command', launch: ['sh', '-c', 'echo no such pod >&2; exit 1'] },
}

async function checksOf(queue: string): Promise<{ window: TestWindow; checks: readonly QueueCheck[] }> {
  const window = open({ queues })
  await window.configure({ concurrency: 2, killGraceSeconds: 1 })
  return { window, checks: queueChecks({ api: window.api, client: window.client, queue }) }
}

it.each(['local', 'works'])('all of it works: %s', async queue => {
  const { checks } = await checksOf(queue)
  for (const check of checks) expect([check.label, await outcomeOf(check)]).toEqual([check.label, undefined])
})

it('a queue that cannot be reached says why', async () => {
  const [reach] = (await checksOf('fails')).checks
  expect(reach && (await outcomeOf(reach))).toMatch(/printed last: no such pod$/)
})

it('a queue that was mended is tried anew, and what was wrong before is not said', async () => {
  const mended = join(state.folder, 'mended')
  const launch = ['sh', '-c', `test -e ${mended} || { echo no such pod >&2; exit 1; }; exec "$@"`, 'sh']
  const window = open({ queues: { q: { kind: 'command', launch, node } } })
  await window.configure({ concurrency: 2, killGraceSeconds: 1 })
  const reach = () => outcomeOf(queueChecks({ api: window.api, client: window.client, queue: 'q' })[0] as QueueCheck)
  expect(await reach()).toMatch(/no such pod$/)
  expect(await reach()).toMatch(/no such pod$/)
  writeFileSync(mended, '')
  expect(await reach()).toBeUndefined()
})

it('a queue that is paused is not waited for', async () => {
  const { checks, window } = await checksOf('works')
  await window.client.service.pauseQueue({ queue: 'works', paused: true })
  expect(checks[0] && (await outcomeOf(checks[0]))).toBe('The queue is paused: resume it first.')
})
