// Whatever is killed on the way to a queue elsewhere: no job is lost that could be saved, none runs twice, each value comes once and
// whole, and nothing is left.
import { mkdirSync, readdirSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readRecord, statePaths } from '../../../src/service/base/paths'
import { chaosRounds, type Process, processesLike, runRounds } from '../../support/chaosRounds'
import { isAlive, makeTempState, sendSignal } from '../../support/tempState'
import { until } from '../../support/until'
import { openWindow } from '../../support/window'

const ROUNDS = chaosRounds(8)
const LIMIT_MS = 60_000
const node = process.execPath

/** What stands between a job and its queue: the launcher, the service, the runner on the other side, the first two at once. */
const victims = ['launcher', 'launcher', 'stopped launcher', 'service', 'service and launcher', 'runner'] as const
type Victim = (typeof victims)[number]

/** Those of this queue: the launcher has a folder for temporary files of its own in its words, and so has the runner. */
const processesOf = (folder: string) =>
  processesLike(({ env, words }) => words.includes(folder) || env.includes(`TMPDIR=${folder}`))

const isLauncher = ({ words }: Process) => /^\S*node -e /.test(words)
const isRunner = ({ words }: Process) => words.includes(' --kept ')

test.skipIf(process.platform !== 'linux')(
  'no job is lost while its runner is there, none runs twice, and nothing is left',
  async () => {
    const state = makeTempState()
    const there = join(tmpdir(), `hj-there-${process.pid}`)
    mkdirSync(there)
    const queue = { kind: 'command', launch: ['env', `TMPDIR=${there}`], node, slots: 3, keepSeconds: 60 } as const
    const window = openWindow(state.folder, { queues: { q: queue } })
    await window.configure({ afterServiceCrash: 'continue', killGraceSeconds: 0.3 })
    const killed = new Set<number>()
    let kills = 0
    const kill = (found: Pick<Process, 'pid'>[], signal: NodeJS.Signals) => {
      for (const { pid } of found) {
        if (!sendSignal(pid, signal)) continue
        killed.add(pid)
        kills += 1
      }
    }
    const strike = (victim: Victim) => {
      const found = processesOf(there)
      if (victim === 'runner') kill(found.filter(isRunner), 'SIGKILL')
      if (victim === 'stopped launcher') kill(found.filter(isLauncher), 'SIGSTOP')
      if (victim.includes('service')) {
        const pid = readRecord(statePaths(state.folder))?.pid ?? 0
        if (isAlive(pid)) kill([{ pid }], 'SIGKILL')
      }
      if (victim === 'launcher' || victim === 'service and launcher') kill(found.filter(isLauncher), 'SIGKILL')
      if (victim === 'stopped launcher')
        setTimeout(() => {
          for (const each of processesOf(there).filter(isLauncher))
            if (killed.has(each.pid)) sendSignal(each.pid, 'SIGKILL')
        }, 200)
    }
    await runRounds(state.folder, {
      window,
      rounds: ROUNDS,
      limitMs: LIMIT_MS,
      spreadMs: 600,
      victims,
      strike,
      mayLose: victim => victim === 'runner',
    })
    await window.configure({ queues: {} })
    await until(() => processesOf(there).length === 0, LIMIT_MS, 'the end of the runner, and of all it began')
    window.client.dispose()
    await state.remove()
    expect(readdirSync(there)).toEqual([])
    rmdirSync(there)
    expect(kills).toBeGreaterThan(ROUNDS / 3)
  },
  ROUNDS * LIMIT_MS,
)
