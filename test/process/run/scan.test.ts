// Processes are found by the environment they were given, also while they replace their program or begin others.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterEach, describe, expect, it } from 'vitest'
import { uuidv7 } from '../../../src/core/base/uuid'
import { linux } from '../../../src/run/os/linux'
import { scanProcesses } from '../../../src/run/os/linuxProcesses'
import { isAlive } from '../../support/tempState'

/** So many that one of them comes at each moment of an execve(2), which takes a hundredth of the time here. */
const LOOKS = 500
const REPLACES_ITSELF = 'exec sh -c "$COMMAND"'

const started: ChildProcess[] = []
afterEach(() => {
  for (const { pid = 0 } of started.splice(0)) process.kill(-pid, 'SIGKILL')
})

/** In a session of its own. @returns the id that it was given */
function start(command: string): string {
  const id = uuidv7()
  const env = { PATH: process.env.PATH, HEADLESS_JOB_ID: id, COMMAND: command }
  started.push(spawn('sh', ['-c', command], { env, stdio: 'ignore', detached: true }))
  return id
}

async function expectAlwaysFound(ids: readonly string[]): Promise<void> {
  for (let look = 0; look < LOOKS; look++) {
    const found = new Set((await scanProcesses()).map(({ jobId }) => jobId))
    expect(ids.filter(id => !found.has(id))).toEqual([])
  }
}

describe.skipIf(process.platform !== 'linux')('a process', () => {
  it('is found while it replaces its program', async () => {
    await expectAlwaysFound([1, 2, 3, 4].map(() => start(REPLACES_ITSELF)))
  })

  it('that begins another one and ends is found, itself or the other', async () => {
    await expectAlwaysFound([1, 2, 3, 4].map(() => start('sleep 0.1; sh -c "$COMMAND" & exit')))
  })

  it('that replaces its program is not surely gone with the main process of its job', async () => {
    const root = spawn('true')
    const { pid = 0 } = root
    linux.rootStarted(pid)
    const id = start(REPLACES_ITSELF)
    await once(root, 'exit')
    linux.rootEnded(pid)
    for (let look = 0; look < (LOOKS * LOOKS) / 10; look++)
      expect(linux.isSurelyGone({ id, pid, ageMs: 0 })).toBe(false)
    expect(isAlive(started[0]?.pid ?? 0)).toBe(true)
  })
})
