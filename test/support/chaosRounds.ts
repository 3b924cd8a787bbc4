// What the tests share that kill at random what a queue needs: rounds of jobs whose bytes and begins can be counted, a plan of what
// is killed when, and what must be true of each job then. HEADLESS_JOBS_CHAOS_ROUNDS has more rounds than the few of each run.
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'vitest'
import type { Job, JobResult } from '../../src/api'
import { type JobKind, kinds, type Made } from './chaosJobs'
import { seeded } from './shuffle'
import { isAlive } from './tempState'
import { until } from './until'
import type { TestWindow } from './window'

const JOBS = 6

export interface Process {
  pid: number
  words: string
  /** As `NAME=value`. */
  env: readonly string[]
}

interface RoundJob extends Made {
  job: Job<unknown>
  /** Into which it writes when it begins and ends. */
  log: string
  isRerunnable: boolean
  isCancelled: boolean
}

export interface RoundOptions<Victim> {
  window: TestWindow
  rounds: number
  /** For the end of the jobs of one round. */
  limitMs: number
  /** The end of the latest strike. */
  spreadMs: number
  victims: readonly Victim[]
  strike(victim: Victim): unknown
  /** Whether it may take jobs with it that have begun. */
  mayLose(victim: Victim): boolean
  /** Every second job. */
  rerunnable?: boolean
  /** By turns; the last of each round is cancelled after a while. */
  kinds?: readonly JobKind[]
  cancels?: boolean
}

export const chaosSeed = Number(process.env.HEADLESS_JOBS_TEST_SEED ?? Math.floor(Math.random() * 1_000_000))
export const chaosRounds = (usual: number) => Number(process.env.HEADLESS_JOBS_CHAOS_ROUNDS ?? usual)

/** Linux: those whose words and variables can be read. */
export function processesLike(isWanted: (found: Process) => boolean): Process[] {
  return readdirSync('/proc').flatMap(name => {
    const pid = Number(name)
    if (!Number.isInteger(pid) || pid === process.pid || !isAlive(pid)) return []
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
      const found = { pid, words, env: readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0') }
      return isWanted(found) ? [found] : []
    } catch {
      return [] // it has just ended
    }
  })
}

/** Each round submits jobs to the queue `q`, kills one or two, and checks what has become of the jobs. */
export async function runRounds<Victim>(folder: string, options: RoundOptions<Victim>): Promise<void> {
  const {
    cancels = false,
    kinds: jobKinds = ['bytes'],
    mayLose,
    rerunnable = false,
    rounds,
    spreadMs,
    strike,
    victims,
    window,
  } = options
  const random = seeded(chaosSeed)
  let hasLost = false
  for (let round = 1; round <= rounds; round++) {
    const plan = [...Array(1 + Math.floor(random() * 2))].map(() => ({
      victim: victims[Math.floor(random() * victims.length)] as Victim,
      atMs: Math.floor(random() * spreadMs),
    }))
    const situation = `seed ${chaosSeed}, round ${round}: ${JSON.stringify(plan)}`
    const data = join(folder, `data-${round}`)
    mkdirSync(data)
    const jobs = Array.from({ length: JOBS }, (_, i) => {
      const log = join(folder, `${round}-${i}.log`)
      const work = {
        folder: data,
        name: `job-${round}-${i}`,
        bytes: Math.floor(random() * 3) * 150_000,
        seconds: random() * 0.4,
        log,
      }
      const isRerunnable = rerunnable && i % 2 === 1
      const made: Made = kinds[jobKinds[(i + round) % jobKinds.length] as JobKind](work)
      const job = window.api.submit({ ...made.spec, cwd: data, queue: 'q', rerunnable: isRerunnable })
      return { ...made, job, log, isRerunnable, isCancelled: false }
    })
    const cancelMs = random() * spreadMs
    const last = jobs.at(-1) as RoundJob
    const cancelled = cancels
      ? pause(cancelMs).then(() => {
          last.isCancelled = true
          return last.job.cancel()
        })
      : undefined
    const begin = performance.now()
    const strikes: unknown[] = []
    for (const { victim, atMs } of plan.toSorted((a, b) => a.atMs - b.atMs)) {
      await pause(Math.max(0, begin + atMs - performance.now()))
      strikes.push(strike(victim))
    }
    await Promise.all(strikes)
    const results = await ends(jobs, options, situation)
    await cancelled
    const loses = plan.some(({ victim }) => mayLose(victim))
    const mayBeLost = loses || hasLost // that of the round before may not have been noticed yet
    hasLost = loses
    for (const [index, job] of jobs.entries())
      expectTruth(job, results[index] as JobResult<unknown>, mayBeLost, `${situation}, job ${index}`)
  }
}

function expectTruth(
  { job, log, isRerunnable, isCancelled, expectValue, expectNoValue }: RoundJob,
  result: JobResult<unknown>,
  mayBeLost: boolean,
  which: string,
): void {
  const lines = linesOf(log)
  const why = result.state === 'succeeded' ? '' : result.error?.message
  const at = `${which}: ${why} ${JSON.stringify(job.info)}, ${lines}`
  if (result.state === 'succeeded') {
    expectValue(result.value, at)
    if (isRerunnable && mayBeLost) expect(lines, at).toEqual(expect.arrayContaining(['begun', 'ended']))
    else expect(lines, at).toEqual(['begun', 'ended'])
    return
  }
  expectNoValue?.(at)
  if (isCancelled && result.state === 'cancelled') {
    expect(lines.filter(line => line === 'begun').length, at).toBeLessThanOrEqual(isRerunnable ? 2 : 1)
    return
  }
  expect(mayBeLost, at).toBe(true)
  if (result.state === 'failed') {
    const hasBegun = !/^Slurm ended its job \S+ before it had begun /.test(why ?? '')
    // its runner was killed between its end and what it wrote
    if (hasBegun)
      expect(why, at).toMatch(
        /^(The job succeeded on .*, but its stdout could not be brought here: |Its outputs could not be brought from |The answer could not be brought from )/,
      )
    expect(lines, at).toEqual(hasBegun ? ['begun', 'ended'] : [])
    return
  }
  expect(result.state, at).toBe('lost')
  expect(isRerunnable, at).toBe(false)
  expect(lines.filter(line => line === 'begun').length, at).toBeLessThanOrEqual(1)
}

/** As a person would who sees that the queue cannot be reached, it is tried at once. */
async function ends<Victim>(
  jobs: readonly RoundJob[],
  { limitMs, window }: RoundOptions<Victim>,
  situation: string,
): Promise<JobResult<unknown>[]> {
  let isOver = false
  const all = Promise.all(jobs.map(({ job }) => job.result)).finally(() => {
    isOver = true
  })
  const infos = () =>
    JSON.stringify(jobs.filter(({ job }) => job.info.endedAt === undefined).map(({ job }) => job.info))
  const isEnd = async () => {
    if (isOver) return true
    await window.client.service.connectQueue({ queue: 'q' }).catch(() => undefined)
    return isOver
  }
  await until(isEnd, limitMs, `the end of all jobs: ${situation}`).catch(error => {
    throw new Error(`${error.message} Not ended: ${infos()} in ${JSON.stringify(window.client.summary)}`)
  })
  return all
}

function linesOf(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').trim().split('\n')
  } catch {
    return []
  }
}
