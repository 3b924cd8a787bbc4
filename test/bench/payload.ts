// Half a gigabyte through `cat` as a job: from file to file, and through the pipes of the service.
import { closeSync, openSync, rmSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { childrenOf, inTurns, memoryOf, openService, runPeer, type Scenario, time } from './harness'

const MEGABYTES = 512
const ROUNDS = 5

function makeInput(file: string): void {
  const block = Buffer.alloc(1024 * 1024).map((_, i) => (i * 31) % 251)
  const fd = openSync(file, 'w')
  for (let i = 0; i < MEGABYTES; i++) writeSync(fd, block)
  closeSync(fd)
}

export const payload: Scenario = {
  name: 'payload',
  title: `${MEGABYTES} MB through cat`,
  async run() {
    const service = await openService()
    const input = join(service.folder, 'in')
    const output = join(service.folder, 'out')
    makeInput(input)
    const isWhole = (file: string | undefined) => {
      if (file === undefined || statSync(file).size !== MEGABYTES * 1024 * 1024)
        throw new Error(`${file} is not whole.`)
      rmSync(file)
    }
    const shell = (line: string) => () =>
      time(() => runPeer('sh', ['-c', line], service.folder)).then(ms => {
        isWhole(output)
        return ms
      })
    const filed = async () => {
      const ms = await time(
        () => service.api.submit({ command: ['cat'], stdin: { file: input }, stdout: { file: output } }).result,
      )
      isWhole(output)
      return ms
    }
    const spilled = async () => {
      let file: string | undefined
      const ms = await time(async () => {
        const job = keeper.submit({ command: ['cat'], stdin: { file: input } })
        file = (await job.result).stdoutFile
      })
      isWhole(file)
      return ms
    }
    const keeper = service.keeper
    try {
      const ms = await inTurns(ROUNDS, {
        filed,
        cat: shell('cat < in > out'),
        spilled,
        pipe: shell('cat in | cat > out'),
      })
      const { filed: ours, cat, spilled: ourPipe, pipe } = ms as Record<'filed' | 'cat' | 'spilled' | 'pipe', number>
      const peak = (pid: number) => memoryOf(pid, 'VmHWM') / 1024 / 1024
      const runners = childrenOf(service.pid).map(peak)
      return {
        ours: { fileMs: ours, pipeMs: ourPipe, servicePeakMB: peak(service.pid), runnerPeakMB: Math.max(...runners) },
        peers: { cat: { ms: cat }, pipe: { ms: pipe } },
        ratios: { cat: ours / cat, pipe: ourPipe / pipe },
        missing: [],
      }
    } finally {
      await service.close()
    }
  },
}
