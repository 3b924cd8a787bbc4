// Whatever is killed on the way to a queue elsewhere: no job is lost that could be saved, none runs twice, each value comes once and
// whole, and nothing is left. HEADLESS_JOBS_CONNECTION_ROUNDS has more rounds than the few of each run.
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { JobResult } from '../../../src/api'
import { readRecord, statePaths } from '../../../src/service/base/paths'
import { seeded } from '../../support/shuffle'
import { isAlive, makeTempState } from '../../support/tempState'
import { until } from '../../support/until'
import { openWindow, type TestWindow } from '../../support/window'

const ROUNDS = Number(process.env.HEADLESS_JOBS_CONNECTION_ROUNDS ?? 8)
const seed = Number(process.env.HEADLESS_JOBS_TEST_SEED ?? Math.floor(Math.random() * 1_000_000))
const LIMIT_MS = 60_000
const JOBS = 6
const SPREAD_MS = 600
const node = process.execPath

/** What stands between a job and its queue: the launcher, the service, the runner on the other side, the first two at once. */
const victims = ['launcher', 'launcher', 'stopped launcher', 'service', 'service and launcher', 'runner'] as const
type Victim = (typeof victims)[number]

interface Process {
  pid: number
  words: string
}

/** Those of this queue: the launcher has a folder for temporary files of its own in its words, and so has the runner. */
function processesWith(folder: string): Process[] {
  return readdirSync('/proc').flatMap(name => {
    const pid = Number(name)
    if (!Number.isInteger(pid) || pid === process.pid || !isAlive(pid)) return []
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
      const isOurs = words.includes(folder) || readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`TMPDIR=${folder}`)
      return isOurs ? [{ pid, words }] : []
    } catch {
      return [] // it has just ended
    }
  })
}

/** @returns whether it was there still: it may have ended since it was found */
function sendSignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal)
  } catch {
    return false
  }
}

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
    const random = seeded(seed)
    const killed = new Set<number>()
    let kills = 0
    const kill = (found: Process[], signal: NodeJS.Signals) => {
      for (const { pid } of found) {
        if (!sendSignal(pid, signal)) continue
        killed.add(pid)
        kills += 1
      }
    }
    const strike = (victim: Victim) => {
      const found = processesWith(there)
      if (victim === 'runner') kill(found.filter(isRunner), 'SIGKILL')
      if (victim === 'stopped launcher') kill(found.filter(isLauncher), 'SIGSTOP')
      if (victim.includes('service')) {
        const pid = readRecord(statePaths(state.folder))?.pid ?? 0
        if (isAlive(pid)) kill([{ pid, words: '' }], 'SIGKILL')
      }
      if (victim === 'launcher' || victim === 'service and launcher') kill(found.filter(isLauncher), 'SIGKILL')
      if (victim === 'stopped launcher')
        setTimeout(() => {
          for (const each of processesWith(there).filter(isLauncher))
            if (killed.has(each.pid)) sendSignal(each.pid, 'SIGKILL')
        }, 200)
    }
    let killedRunner = false
    for (let round = 1; round <= ROUNDS; round++) {
      const what = [...Array(1 + Math.floor(random() * 2))].map(() => ({
        victim: victims[Math.floor(random() * victims.length)] as Victim,
        atMs: Math.floor(random() * SPREAD_MS),
      }))
      const situation = `seed ${seed}, round ${round}: ${JSON.stringify(what)}`
      const jobs = Array.from({ length: JOBS }, (_, i) => {
        const [bytes, seconds] = [Math.floor(random() * 3) * 150_000, (random() * 0.4).toFixed(2)]
        const log = join(state.folder, `${round}-${i}.log`)
        const script = `echo begun >> ${log}; sleep ${seconds}; cat; head -c ${bytes} /dev/zero; echo ended >> ${log}`
        const job = window.api.submit({ command: ['sh', '-c', script], stdin: `in ${i}`, queue: 'q' })
        return { job, bytes, log, i }
      })
      const begin = performance.now()
      for (const { victim, atMs } of what.toSorted((a, b) => a.atMs - b.atMs)) {
        await pause(Math.max(0, begin + atMs - performance.now()))
        strike(victim)
      }
      const results = await ends(
        window,
        jobs.map(({ job }) => job.result),
        situation,
      )
      const killsRunner = what.some(({ victim }) => victim === 'runner')
      const mayLose = killsRunner || killedRunner // that of the round before may not have been noticed yet
      killedRunner = killsRunner
      for (const [index, { job, bytes, log, i }] of jobs.entries()) {
        const result = results[index] as JobResult<Uint8Array>
        const lines = linesOf(log)
        const at = `${situation}, job ${i}: ${result.state === 'succeeded' ? '' : result.error?.message} ${JSON.stringify(job.info)}, ${lines}`
        if (result.state === 'succeeded') {
          expect(result.value.length, at).toBe(`in ${i}`.length + bytes)
          expect(lines, at).toEqual(['begun', 'ended'])
        } else {
          expect(mayLose, at).toBe(true)
          if (result.state === 'failed') {
            // the runner was killed between the end of the job and what it wrote
            expect(result.error?.message, at).toMatch(
              /^The job succeeded on .*, but its stdout could not be brought here: /,
            )
            expect(lines, at).toEqual(['begun', 'ended'])
          } else {
            expect(result.state, at).toBe('lost')
            expect(lines.length, at).toBeLessThanOrEqual(2)
          }
        }
      }
    }
    await window.configure({ queues: {} })
    await until(() => processesWith(there).length === 0, LIMIT_MS, 'the end of the runner, and of all it began')
    window.client.dispose()
    await state.remove()
    expect(readdirSync(there)).toEqual([])
    expect(kills).toBeGreaterThan(ROUNDS / 3)
  },
  ROUNDS * LIMIT_MS,
)

/** As a person would who sees that the queue cannot be reached, it is tried at once. */
async function ends<T>({ client }: TestWindow, results: Promise<T>[], situation: string): Promise<T[]> {
  let isOver = false
  const all = Promise.all(results).finally(() => {
    isOver = true
  })
  await until(
    async () => {
      if (!isOver) await client.service.connectQueue({ queue: 'q' }).catch(() => undefined)
      return isOver
    },
    LIMIT_MS,
    `the end of all jobs: ${situation}`,
  )
  return all
}

function linesOf(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').trim().split('\n')
  } catch {
    return []
  }
}
