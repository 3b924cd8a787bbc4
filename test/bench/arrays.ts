// An array of numbers to a warm Python worker and back, as a kept-alive job and as a request, against a pool that pickles
// it; and a gigabyte, of which the service is to hold nothing.
import { resolve } from 'node:path'
import {
  against,
  childrenOf,
  inTurns,
  isThere,
  memoryOf,
  openService,
  pythonPeers,
  type Scenario,
  time,
} from './harness'

const BYTES = 64 * 1024 ** 2
const HUGE_BYTES = 1024 ** 3
const COLUMNS = 4096
const ROUNDS = 5

const command = ['python3', resolve('test/bench/workers/identity.py')]

/** Counts from 0 in float64, in rows. */
function makeArray(bytes: number) {
  const array = new Float64Array(bytes / Float64Array.BYTES_PER_ELEMENT)
  for (let i = 0; i < array.length; i++) array[i] = i
  return Object.assign(array, { shape: [array.length / COLUMNS, COLUMNS] })
}

/** @throws Error unless this is such an array; looks at numbers all over it */
function checkArray(value: unknown, bytes: number): void {
  const length = bytes / Float64Array.BYTES_PER_ELEMENT
  const { shape } = value as { shape?: readonly number[] }
  if (!(value instanceof Float64Array) || value.length !== length || `${shape}` !== `${[length / COLUMNS, COLUMNS]}`)
    throw new Error('What came back is no array of this shape.')
  const step = 4099 // a prime, so that all columns are met
  for (let i = 0; i < length; i += step) if (value[i] !== i) throw new Error(`Number ${i} came back as ${value[i]}.`)
  if (value[length - 1] !== length - 1) throw new Error('The last number is wrong.')
}

export const arrays: Scenario = {
  name: 'arrays',
  title: `${BYTES / 1024 ** 2} MiB of float64 to a warm Python worker and back; 1 GiB once`,
  async run() {
    const { here, missing } = pythonPeers('array_trip.py', {
      pool: { module: 'multiprocessing', args: [BYTES / Float64Array.BYTES_PER_ELEMENT] },
    })
    if (!isThere('python3', '-c', 'import numpy')) missing.push('numpy')
    const service = await openService()
    const peakMB = (pid: number) => memoryOf(pid, 'VmHWM') / 1024 ** 2
    const run = async (value: Float64Array) => {
      const result = await service.api.submit({ command, protocol: 'frames', keepAlive: { max: 1 }, stdin: { value } })
        .result
      if (result.state !== 'succeeded') throw new Error(result.error?.message ?? `The job is ${result.state}.`)
      return result.value
    }
    try {
      const worker = service.api.startWorker({ command, protocol: 'frames' })
      await worker.ready
      const array = makeArray(BYTES)
      const timed = (trip: (value: Float64Array) => Promise<unknown>) => async () => {
        let back: unknown
        const ms = await time(async () => {
          back = await trip(array)
        })
        checkArray(back, BYTES)
        return ms
      }
      const ours = { job: timed(run), request: timed(value => worker.request(value)) }
      for (const warmUp of Object.values(ours)) await warmUp()
      const { job = 0, request = 0, ...peers } = await inTurns(ROUNDS, { ...ours, ...here })

      const huge = makeArray(HUGE_BYTES)
      let back: unknown
      const gigabyteMs = await time(async () => {
        back = await run(huge)
      })
      checkArray(back, HUGE_BYTES)
      const runnerPeakMB = Math.max(...childrenOf(service.pid).map(peakMB))
      return {
        ours: { ms: job, requestMs: request, gigabyteMs, servicePeakMB: peakMB(service.pid), runnerPeakMB },
        ...against(job, peers, 'ms'),
        missing,
      }
    } finally {
      await service.close()
    }
  },
}
