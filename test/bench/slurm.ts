// Jobs in an allocation of a Slurm of one node with two CPUs, which is this machine: against a job of Slurm for each.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { hasSlurm, startSlurm, type TestSlurm } from '../support/slurm'
import { until } from '../support/until'
import { against, type Figures, inTurns, openService, runPeer, type Scenario, time } from './harness'

const JOBS = 500
const AT_ONCE = 2
/** Fewer of the peers: Slurm takes a good part of a second for each. */
const JOBS_OF_PEERS = 40
/** Of a value that goes through no message of a job's end. */
const OUTPUT_BYTES = 200_000
const ROUNDS = 3
/** Each a job of Slurm, in the mode `jobs`. */
const JOBS_OF_THEIR_OWN = 10_000
const LIMIT_MS = 300_000
const LOOK_MS = 100

/**
 * The first allocation is there, and is given back behind the measurement: the peers need the whole node.
 * @param count of jobs
 */
async function jobsInAllocation(slurm: TestSlurm, command: string[], count: number): Promise<number> {
  const config = { kind: 'slurm', slots: AT_ONCE, node: process.execPath } as const
  const service = await openService({}, { queues: { cluster: config } })
  try {
    const first = await service.api.submit({ command: ['true'], queue: 'cluster' }).result
    if (first.state !== 'succeeded') throw new Error(first.error?.message ?? `The first job is ${first.state}.`)
    const jobs = Array.from({ length: count }, () => ({ command, queue: 'cluster' }))
    const ms = await time(async () => {
      const { counts } = await service.api.submitBatch(jobs).completed
      if (counts.succeeded !== count) throw new Error(`Only ${counts.succeeded} jobs succeeded.`)
    })
    return ms / count
  } finally {
    await service.close()
    await untilIdle(slurm)
  }
}

async function untilIdle(slurm: TestSlurm): Promise<void> {
  for (const line of slurm.jobs()) slurm.run('scancel', line.split(' ')[0] ?? '')
  const isIdle = () => slurm.jobs().length === 0 && slurm.run('sinfo', '--noheader', '--format=%T').trim() === 'idle'
  await until(isIdle, LIMIT_MS, 'a node without jobs')
}

async function jobsBySrun(): Promise<number> {
  const loop = `for job in $(seq ${JOBS_OF_PEERS}); do srun -n1 true || exit 1; done`
  return (await time(() => runPeer('sh', ['-c', loop]))) / JOBS_OF_PEERS
}

/** Until none is left in `squeue`; those that only are cleaned up behind do not count. */
async function jobsOfArray(slurm: TestSlurm): Promise<number> {
  const ms = await time(async () => {
    await runPeer('sbatch', ['--parsable', `--array=1-${JOBS_OF_PEERS}`, '--output=/dev/null', '--wrap=true'])
    while (slurm.jobs().length > 0) await new Promise(resolve => setTimeout(resolve, LOOK_MS))
  })
  await untilIdle(slurm)
  return ms / JOBS_OF_PEERS
}

/** They wait in Slurm, which is all that is measured: until it has all of them, and how many commands that took. */
async function jobsOfTheirOwn(slurm: TestSlurm): Promise<Figures> {
  const folder = mkdtempSync(join(tmpdir(), 'hj-bench-'))
  const { PATH = '' } = process.env
  const commands = join(folder, 'commands')
  for (const command of ['sbatch', 'squeue', 'scancel'])
    writeFileSync(
      join(folder, command),
      `#!/bin/sh\necho ${command} >> ${commands}\nPATH=${PATH} exec ${command} "$@"\n`,
      {
        mode: 0o755,
      },
    )
  process.env.PATH = `${folder}:${PATH}`
  const held = {
    kind: 'slurm',
    mode: 'jobs',
    folder: slurm.folder,
    node: process.execPath,
    options: ['--hold'],
  } as const
  const service = await openService({}, { queues: { cluster: held } })
  const countOf = (command: string) =>
    readFileSync(commands, 'utf8')
      .split('\n')
      .filter(line => line === command).length
  const inSlurm = () => slurm.run('squeue', '--noheader', '--array', '--format=%i').split('\n').length - 1
  try {
    const specs = Array.from({ length: JOBS_OF_THEIR_OWN }, () => ({ command: ['true'], queue: 'cluster' }))
    const begun = performance.now()
    const batch = service.api.submitBatch(specs, { collect: false })
    while (inSlurm() < JOBS_OF_THEIR_OWN) await new Promise(resolve => setTimeout(resolve, LOOK_MS))
    const submitMs = performance.now() - begun
    const submits = countOf('sbatch')
    const queries = countOf('squeue')
    const cancelMs = await time(async () => {
      batch.cancel()
      await batch.completed
    })
    return {
      submit10000S: submitMs / 1000,
      commandsPer1000: (submits * 1000) / JOBS_OF_THEIR_OWN,
      queriesPer2S: (queries * 2000) / submitMs,
      cancel10000S: cancelMs / 1000,
      cancelCommands: countOf('scancel'),
    }
  } finally {
    process.env.PATH = PATH
    await service.close()
    await untilIdle(slurm)
    rmSync(folder, { recursive: true })
  }
}

export const slurm: Scenario = {
  name: 'slurm',
  title: `${JOBS} jobs in an allocation of Slurm, ${AT_ONCE} at a time; ${JOBS_OF_PEERS} by srun and by sbatch --array; ${JOBS_OF_PEERS} of ${OUTPUT_BYTES} bytes; ${JOBS_OF_THEIR_OWN} as jobs of Slurm, submitted and cancelled`,
  async run() {
    if (!hasSlurm) return { ours: {}, peers: {}, ratios: {}, missing: ['slurm'] }
    const node = hostname().split('.')[0] ?? 'localhost'
    const slurm = await startSlurm({
      NodeName: `${node} NodeAddr=127.0.0.1 CPUs=${AT_ONCE} State=UNKNOWN`,
      MaxJobCount: '20000',
    })
    const { SLURM_CONF } = process.env
    process.env.SLURM_CONF = slurm.config
    try {
      const contestants = {
        ours: () => jobsInAllocation(slurm, ['true'], JOBS),
        srun: jobsBySrun,
        array: () => jobsOfArray(slurm),
      }
      const { ours = 0, ...peers } = await inTurns(ROUNDS, contestants)
      const output = await jobsInAllocation(slurm, ['head', '-c', String(OUTPUT_BYTES), '/dev/zero'], JOBS_OF_PEERS)
      const own = await jobsOfTheirOwn(slurm)
      return { ours: { msPerJob: ours, msPerOutput: output, ...own }, ...against(ours, peers, 'msPerJob'), missing: [] }
    } finally {
      if (SLURM_CONF === undefined) delete process.env.SLURM_CONF
      else process.env.SLURM_CONF = SLURM_CONF
      await slurm.remove()
    }
  },
}
