// The chaos test: rounds of jobs on one state folder, while the service, its runners, its windows, its workers and its jobs
// are killed at random. After each round, and at the end, nothing is lost and nothing is left.

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { JobInfo } from '../../src/api'
import { isFinal, jobStates } from '../../src/core/jobs/job'
import { readRecord, statePaths } from '../../src/service/base/paths'
import { isAlive, makeTempState, type TempState } from '../support/tempState'
import { until } from '../support/until'
import { openWindow, type TestWindow } from '../support/window'
import { Accounts } from './accounts'
import { missingJobs, notLost, plannedBatches, plannedJobs, strangers, wrongBatch, wrongJob } from './checks'
import { Hosts } from './hosts'
import { HOSTS, type KillKind, killKinds, OWNER, type Plan, planOf, type Step } from './plan'
import { type Found, isStopped, processesOf } from './processes'

const SLOTS = 3
const LIMIT_MS = 30_000
/** More than the jobs of two rounds. */
const NEWEST = 200
/** In every so many rounds it is tried whether all slots can be taken. */
const TRY_SLOTS_EVERY = 10
/** For the service, whoever starts it: what is waited for is short. */
const env = { HEADLESS_JOBS_DELIVERY_PAUSE_MS: '20', HEADLESS_JOBS_SESSION_GRACE_SECONDS: '1' }
/** No job leaves the history by itself, however many rounds there are. */
const settings = {
  concurrency: SLOTS,
  killGraceSeconds: 0.3,
  afterServiceCrash: 'continue',
  historyMegabytes: 1_000_000,
} as const
const unfinished = jobStates.filter(state => !isFinal(state))

export interface Figures {
  rounds: number
  jobs: Record<string, number>
  kills: Record<KillKind, number>
  /** Of jobs and batches. */
  results: { delivered: number; undelivered: number; repeated: number }
  seconds: number
}

export interface ChaosOptions {
  seed: number
  rounds: number
  log?: (line: string) => void
}

/** @throws Error that says what is wrong, and how to do it again; the state folder is kept then */
export async function runChaos({ seed, rounds, log = () => undefined }: ChaosOptions): Promise<Figures> {
  const before = { ...process.env }
  Object.assign(process.env, env) // this process may start the service too
  const run = new Run(seed)
  try {
    await run.begin()
    for (let round = 1; round <= rounds; round++) {
      await run.round(round)
      log(`round ${round} of ${rounds}: ${JSON.stringify(run.figures)}`)
    }
    await run.end()
    return run.figures
  } finally {
    for (const name of Object.keys(env)) if (before[name] === undefined) delete process.env[name]
  }
}

class Run {
  readonly #state: TempState = makeTempState()
  readonly #hosts: Hosts
  readonly #accounts: Accounts
  readonly #seed: number
  readonly #begunAt = performance.now()
  /** What was done in this round. */
  #done: string[] = []
  /** Jobs that ran when the service was killed. */
  #victims = new Set<string>()
  readonly figures: Figures

  constructor(seed: number) {
    this.#seed = seed
    this.#hosts = new Hosts(this.#state.folder, { ...process.env })
    this.#accounts = new Accounts(this.#state.folder)
    const kills = Object.fromEntries(killKinds.map(kind => [kind, 0])) as Record<KillKind, number>
    this.figures = { rounds: 0, jobs: {}, kills, results: { delivered: 0, undelivered: 0, repeated: 0 }, seconds: 0 }
  }

  /** The settings are there before the first kill. */
  async begin(): Promise<void> {
    await this.#withWindow(async () => undefined)
  }

  async round(round: number): Promise<void> {
    const plan = planOf(this.#seed, round)
    this.#done = []
    this.#victims.clear()
    await this.#guarded(round, async () => {
      await this.#hosts.complete()
      await this.#hosts.open() // they have begun to work
      await this.#carryOut(plan)
      await this.#hosts.complete()
      await this.#withWindow(window => this.#check(plan, window))
    })
    this.figures.rounds = round
    this.figures.results.repeated = this.#accounts.repeated
    this.figures.seconds = Math.round((performance.now() - this.#begunAt) / 1000)
  }

  /** All that was ever accepted is still there; when it is cleared no file of it is left, and at last no process. */
  async end(): Promise<void> {
    this.#done = []
    await this.#guarded(this.figures.rounds, async () => {
      await this.#withWindow(async window => {
        const listed = await allJobs(window)
        fail(missingJobs(this.#accounts.all, listed))
        await this.#trySlots(window)
        await this.#clear(window, listed)
      })
      await this.#hosts.close()
      const pids = this.#state.servicePids()
      for (const pid of pids) process.kill(pid, 'SIGTERM')
      await until(() => processesOf(this.#state.folder).length === 0, LIMIT_MS, 'the end of all processes')
      await this.#state.remove()
    })
  }

  // the steps

  async #carryOut({ steps }: Plan): Promise<void> {
    const begin = performance.now()
    for (const { atMs, step } of steps) {
      await pause(Math.max(0, begin + atMs - performance.now()))
      const what = step.do === 'kill' ? await this.#kill(step) : JSON.stringify(step.command)
      const on = step.do === 'send' ? `host ${step.host}` : 'kill'
      this.#done.push(`${Math.round(performance.now() - begin)} ms, ${on}: ${what}`)
      if (step.do === 'send') this.#hosts.send(step.host, step.command)
    }
  }

  /** @returns in words what was killed */
  async #kill({ what, pick }: Extract<Step, { do: 'kill' }>): Promise<string> {
    const killed = await (what === 'host' ? this.#killHost(pick) : this.#killProcess(what, pick))
    if (killed === undefined) return `${what}: there was none`
    this.figures.kills[what]++
    return `${what} ${killed}`
  }

  async #killHost(pick: number): Promise<string> {
    const at = Math.floor(pick * HOSTS)
    await this.#hosts.kill(at)
    return String(at)
  }

  async #killProcess(what: Exclude<KillKind, 'host'>, pick: number): Promise<string | undefined> {
    const found = processesOf(this.#state.folder)
    const runners = found.filter(process => process.what === 'runner')
    if (what === 'service' || what === 'all') return this.#killService(runners, what === 'all')
    const parents = new Set(runners.map(({ pid }) => pid))
    const those =
      what === 'runner' ? runners : found.filter(({ parent, ...it }) => it.what === what && parents.has(parent))
    const chosen = those[Math.floor(pick * those.length)]
    if (chosen) kill(chosen.pid)
    return chosen && String(chosen.pid)
  }

  async #killService(runners: readonly Found[], withRunners: boolean): Promise<string | undefined> {
    const pid = readRecord(statePaths(this.#state.folder))?.pid
    if (pid === undefined || !isAlive(pid)) return undefined
    const parents = new Set(runners.filter(({ parent }) => parent === pid).map(runner => runner.pid))
    // it stands still first: what is alive then has not ended by all that it will ever know
    process.kill(pid, 'SIGSTOP')
    await until(() => isStopped(pid), LIMIT_MS, 'a service that stands still')
    for (const { what, parent, id } of processesOf(this.#state.folder))
      if (what === 'job' && parents.has(parent) && id !== undefined) this.#victims.add(id)
    kill(pid)
    if (withRunners) for (const runner of parents) kill(runner)
    await until(() => !isAlive(pid), LIMIT_MS, 'the end of the service')
    this.#hosts.serviceCrashed()
    return `${pid} while ${this.#victims.size} jobs ran`
  }

  // the checks

  async #check(plan: Plan, window: TestWindow): Promise<void> {
    await this.#becomesQuiet(window)
    const prefix = `r${plan.round}-`
    const jobs = plannedJobs(plan)
    const { jobs: newest } = await window.client.service.list({ filter: { owner: OWNER, limit: NEWEST } })
    const listed = newest.filter(({ name }) => name.startsWith(prefix))
    const accounts = this.#accounts
    accounts.update()
    fail(accounts.faults)
    fail(missingJobs(accounts.beginningWith(prefix), listed))
    fail(notLost(this.#victims, listed))
    fail(
      listed.flatMap(job => {
        const planned = jobs.get(job.name)
        return planned ? wrongJob(job, planned, accounts) : [`${job.name} was never submitted.`]
      }),
    )
    this.#countJobs(listed)
    for (const [token, handler] of plannedBatches(plan)) {
      const { id } = accounts.of(token)
      if (id === undefined) continue
      const batch = await window.client.service.getBatch({ id })
      fail(wrongBatch(token, batch, handler, accounts))
      this.#countResult(batch?.delivery)
    }
    await this.#noneIsLeft(window)
    if (plan.round % TRY_SLOTS_EVERY === 0) await this.#trySlots(window)
  }

  /** Every job has ended, every result was delivered or given up, every handle knows it, every slot is free. */
  async #becomesQuiet(window: TestWindow): Promise<void> {
    const { client } = window
    await this.#hosts.open(true)
    await none(async () => (await unfinishedJobs(window)).map(describeJob), 'the end of all jobs')
    await none(() => this.#hosts.open(), 'handles that are settled')
    await until(() => client.summary?.slotsTaken === 0, LIMIT_MS, 'slots that are free')
    await none(() => this.#waitingResults(window), 'results that are delivered')
  }

  async #waitingResults({ client }: TestWindow): Promise<string[]> {
    const { jobs } = await client.service.list({ filter: { owner: OWNER, limit: NEWEST } })
    const ids = new Set(jobs.flatMap(({ batchId }) => batchId ?? []))
    const batches = await Promise.all([...ids].map(id => client.service.getBatch({ id })))
    return [
      ...jobs.filter(({ delivery }) => delivery === 'waiting').map(describeJob),
      ...batches
        .filter(batch => batch && (batch.endedAt === undefined || batch.delivery === 'waiting'))
        .map(batch => JSON.stringify(batch)),
    ]
  }

  async #noneIsLeft({ client }: TestWindow): Promise<void> {
    const service = readRecord(statePaths(this.#state.folder))?.pid ?? 0
    const left = () => strangers(processesOf(this.#state.folder), client.summary, service)
    await none(left, 'the end of processes')
  }

  /** As many jobs as there are slots run at the same time: each waits for the others. */
  async #trySlots({ api }: TestWindow): Promise<void> {
    const file = join(this.#state.folder, `slots-${performance.now()}`)
    const script = `echo >> "$0"; while [ "$(wc -l < "$0")" -lt ${SLOTS} ]; do sleep 0.05; done`
    const jobs = Array.from({ length: SLOTS }, () =>
      api.submit({ command: ['sh', '-c', script, file], timeoutSeconds: LIMIT_MS / 1000 }),
    )
    const results = await Promise.all(jobs.map(job => job.result))
    fail(results.filter(({ state }) => state !== 'succeeded').map(({ state }) => `A slot is lost: ${state}.`))
  }

  async #clear({ client }: TestWindow, listed: readonly JobInfo[]): Promise<void> {
    await client.service.clear({ filter: { all: true }, unsaved: 'delete' })
    const ids = new Set(listed.map(({ id }) => id)) // a host that was killed may have left files of a job that it had not sent
    const { spool, arrays } = statePaths(this.#state.folder)
    const files = () => [spool, arrays].flatMap(folder => readdirSync(folder))
    await none(() => files().filter(name => ids.has(name.slice(0, name.indexOf('.')))), 'the end of all files')
  }

  #countJobs(listed: readonly JobInfo[]): void {
    const { jobs } = this.figures
    for (const { state, delivery } of listed) {
      jobs[state] = (jobs[state] ?? 0) + 1
      this.#countResult(delivery)
    }
  }

  #countResult(delivery: JobInfo['delivery']): void {
    if (delivery === 'delivered' || delivery === 'undelivered') this.figures.results[delivery]++
  }

  // around them

  /** A window of its own: no one that has seen the service end. */
  async #withWindow(work: (window: TestWindow) => Promise<void>): Promise<void> {
    const window = openWindow(this.#state.folder, { name: 'check', owner: 'chaos.check' })
    try {
      await window.configure(settings)
      await work(window)
    } finally {
      window.client.dispose()
    }
  }

  async #guarded(round: number, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      await this.#hosts.close()
      for (const { pid } of processesOf(this.#state.folder)) kill(pid)
      const { message, cause } = error as Error
      const why = cause === undefined ? '' : ` (${(cause as Error).message})`
      throw new Error(
        `Seed ${this.#seed}, round ${round}: ${message}${why}\nThe state is kept in ${this.#state.folder}.\nDone:\n${this.#done.join('\n')}`,
        { cause: error },
      )
    }
  }
}

async function unfinishedJobs({ client }: TestWindow): Promise<readonly JobInfo[]> {
  return (await client.service.list({ filter: { states: unfinished } })).jobs
}

async function allJobs({ client }: TestWindow): Promise<JobInfo[]> {
  const all: JobInfo[] = []
  for (let after: string | undefined; ; ) {
    const { jobs, next } = await client.service.list({
      filter: { owner: OWNER, limit: 1000, ...(after !== undefined && { after }) },
    })
    all.push(...jobs)
    if (next === undefined) return all
    after = next
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // it has just ended
  }
}

/** Waits until nothing is wrong any more. */
async function none(wrong: () => string[] | Promise<string[]>, what: string): Promise<void> {
  let last: string[] = []
  const isNone = async () => {
    last = await wrong()
    return last.length === 0
  }
  await until(isNone, LIMIT_MS, what).catch((error: Error) => fail([error.message, ...last]))
}

const describeJob = (job: JobInfo) => `${job.name}: ${JSON.stringify(job)}`

/** @throws Error when there is something wrong */
function fail(wrong: readonly string[]): void {
  if (wrong.length > 0) throw new Error(wrong.join('\n'))
}
