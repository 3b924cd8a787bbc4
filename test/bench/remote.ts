// Jobs on a host by ssh, which is this machine: against the same jobs without it, GNU parallel, and a bare `ssh host cat`.
import { spawnSync } from 'node:child_process'
import { rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startSshd } from '../support/sshd'
import { against, inTurns, memoryOf, openService, runPeer, type Scenario, time } from './harness'

const JOBS = 500
const AT_ONCE = 2
/** Fewer of GNU parallel, which connects for each: a quarter of a second a job. */
const JOBS_OF_PARALLEL = 50
const ROUNDS = 3
const MEGABYTES = 100

async function openLab(files: 'shared' | 'copy') {
  const sshd = await startSshd()
  const config = {
    kind: 'ssh',
    host: 'lab',
    config: sshd.config,
    slots: AT_ONCE,
    node: process.execPath,
    files,
  } as const
  const service = await openService({}, { queues: { lab: config } })
  await service.api.submit({ command: ['true'], queue: 'lab' }).result // the connection is there
  return {
    sshd,
    service,
    async close() {
      await service.close()
      await sshd.remove()
    },
  }
}

export const remote: Scenario = {
  name: 'remote',
  title: `${JOBS} jobs by ssh to this machine, ${AT_ONCE} at a time`,
  async run() {
    const { sshd, service, close } = await openLab('shared')
    const through = (queue: string) => async () => {
      const specs = Array.from({ length: JOBS }, () => ({ command: ['true'], queue }))
      const ms = await time(async () => {
        const { counts } = await service.api.submitBatch(specs, { collect: false }).completed
        if (counts.succeeded !== JOBS) throw new Error(`Only ${counts.succeeded} jobs succeeded.`)
      })
      return ms / JOBS
    }
    const parallel = async () =>
      (await time(() =>
        runPeer('sh', [
          '-c',
          `seq ${JOBS_OF_PARALLEL} | parallel --will-cite --ssh 'ssh -F ${sshd.config}' -S ${AT_ONCE}/lab true`,
        ]),
      )) / JOBS_OF_PARALLEL
    const hasParallel = spawnSync('parallel', ['--version'], { encoding: 'utf8' }).stdout?.startsWith('GNU parallel')
    try {
      const contestants = { ours: through('lab'), local: through('local'), ...(hasParallel && { parallel }) }
      const { ours = 0, ...peers } = await inTurns(ROUNDS, contestants)
      return {
        ours: { msPerJob: ours },
        ...against(ours, peers, 'msPerJob'),
        missing: hasParallel ? [] : ['parallel'],
      }
    } finally {
      await close()
    }
  },
}

export const bytes: Scenario = {
  name: 'bytes',
  title: `${MEGABYTES} MB to a host and back`,
  async run() {
    const { sshd, service, close } = await openLab('copy')
    const input = join(service.folder, 'in')
    const output = join(service.folder, 'out')
    writeFileSync(input, Buffer.alloc(MEGABYTES * 1024 * 1024, 'headless jobs '))
    const isWhole = () => {
      if (statSync(output).size !== MEGABYTES * 1024 * 1024) throw new Error('It is not whole.')
      rmSync(output)
    }
    const ours = async () => {
      const spec = { command: ['cat'], queue: 'lab', stdin: { file: input }, stdout: { file: output } }
      const ms = await time(() => service.api.submit(spec).result)
      isWhole()
      return ms
    }
    const cat = async () => {
      const ms = await time(() => runPeer('sh', ['-c', `ssh -F ${sshd.config} lab cat < ${input} > ${output}`]))
      isWhole()
      return ms
    }
    try {
      const { ours: ms = 0, ...peers } = await inTurns(ROUNDS, { ours, cat })
      return {
        ours: { ms, servicePeakMB: memoryOf(service.pid, 'VmHWM') / 1024 / 1024 },
        ...against(ms, peers, 'ms'),
        missing: [],
      }
    } finally {
      await close()
    }
  },
}
