// Whatever is killed of what a queue on a real Slurm needs: no job is lost that could be saved, none begins twice unless it may, each
// value comes once and whole, and nothing is left on the cluster.
import { readdirSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { chaosRounds, type Process, processesLike, runRounds } from '../../support/chaosRounds'
import { jobsMode, SLURM_LIMIT_MS as LIMIT_MS, type OnSlurm, onSlurm } from '../../support/onSlurm'
import { hasSlurm } from '../../support/slurm'
import { killService, sendSignal } from '../../support/tempState'
import { until } from '../../support/until'
import { withVariables } from '../../support/withVariables'

const ROUNDS = chaosRounds(4)

/**
 * What has begun in an allocation or a job of Slurm ends with it. Not the daemon of the node, nor the controller where each job is one of
 * Slurm: what they had no time to begin Slurm takes for running, for minutes. An allocation of that kind is given back.
 */
const victims = {
  allocation: ['service', 'srun', 'stopped srun', 'service and srun', 'controller', 'runner', 'in Slurm'],
  jobs: ['service', 'service', 'runner', 'in Slurm'],
} as const
type Victim = (typeof victims)[keyof typeof victims][number]

describe.runIf(hasSlurm)('a Slurm of which anything is killed', () => {
  withVariables({
    HEADLESS_JOBS_SLURM_SECONDS: '0.3',
    HEADLESS_JOBS_LATE_SECONDS: '2',
    HEADLESS_JOBS_CONNECT_SECONDS: '40',
  })
  let { slurm, state, untilNoneIsLeft, windowWith } = {} as OnSlurm
  onSlurm(
    given => ({ slurm, state, untilNoneIsLeft, windowWith } = given),
    () => ({}),
  )

  const ofThisSlurm = ({ env }: Process) => env.includes(`SLURM_CONF=${slurm.config}`)
  const isSrun = ({ words }: Process) => /^srun --jobid=/.test(words)
  const isRunner = ({ words }: Process) => / serve \d+ held| task \d+ own/.test(words)

  const kill = (isWanted: (found: Process) => boolean, signal: NodeJS.Signals = 'SIGKILL') =>
    processesLike(found => isWanted(found) && ofThisSlurm(found)).filter(({ pid }) => sendSignal(pid, signal)).length

  /** @returns how many */
  async function strike(victim: Victim): Promise<number> {
    let kills = 0
    if (victim.includes('service')) kills += killService(state.folder) ? 1 : 0
    if (victim === 'controller') kills += await restartController()
    if (victim === 'srun' || victim === 'service and srun') kills += kill(isSrun)
    if (victim === 'runner') kills += kill(isRunner)
    if (victim === 'in Slurm') kills += cancelOne()
    if (victim === 'stopped srun') {
      kills += kill(isSrun, 'SIGSTOP')
      await pause(200)
      kill(isSrun)
    }
    return kills
  }

  let isAway = false
  async function restartController(): Promise<number> {
    if (isAway) return 0
    isAway = true
    await slurm.end('slurmctld', 'SIGTERM')
    await pause(700)
    slurm.start('slurmctld')
    isAway = false
    return 1
  }

  function cancelOne(): number {
    try {
      const [first] = slurm.jobs()
      if (first) slurm.run('scancel', first.split(' ')[0] ?? '')
      return first ? 1 : 0
    } catch {
      return 0 // its controller is away
    }
  }

  it.each(['allocation', 'jobs'] as const)(
    'loses nothing else, in the mode %s',
    async mode => {
      const config =
        mode === 'jobs' ? jobsMode(slurm) : ({ slots: 3, allocations: { max: 2, idleSeconds: 2 } } as const)
      const window = await windowWith(config)
      await window.configure({ afterServiceCrash: 'continue', killGraceSeconds: 0.3 })
      let kills = 0
      await runRounds(state.folder, {
        window,
        rounds: ROUNDS,
        limitMs: LIMIT_MS,
        spreadMs: 3000,
        victims: victims[mode],
        async strike(victim) {
          kills += await strike(victim)
        },
        mayLose: victim => victim === 'runner' || victim === 'in Slurm',
        rerunnable: true,
      })
      await window.configure({ queues: {} })
      await untilNoneIsLeft()
      await until(
        () => processesLike(found => isRunner(found) && ofThisSlurm(found)).length === 0,
        LIMIT_MS,
        'no runner',
      )
      const left = () =>
        readdirSync(slurm.folder, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile())
      if (mode === 'jobs') await until(() => left().length === 0, LIMIT_MS, 'a folder without files')
      expect(kills).toBeGreaterThan(0)
    },
    ROUNDS * LIMIT_MS,
  )
})
