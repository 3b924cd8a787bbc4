// An array of numbers to a warm Python worker and back, as a kept-alive job and as a request, against a pool that pickles
// it; and a gigabyte, of which the service is to hold nothing, and which is to take as many times longer as it is larger.
import { open, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import {
  against,
  childrenOf,
  inTurns,
  isThere,
  memoryOf,
  openService,
  pythonPeers,
  runPeer,
  type Scenario,
  time,
} from './harness'

const BYTES = 64 * 1024 ** 2
const HUGE_BYTES = 1024 ** 3
const PIECE_BYTES = 64 * 1024 ** 2
const COLUMNS = 4096
const ROUNDS = 5
const HUGE_ROUNDS = 3

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

/** The bare minimum: its bytes are written into memory, copied there by another process, and read. */
async function copy(array: Float64Array): Promise<void> {
  const bytes = new Uint8Array(array.buffer)
  const sent = join('/dev/shm', `bench-${process.pid}.in`)
  const received = join('/dev/shm', `bench-${process.pid}.out`)
  try {
    const output = await open(sent, 'w')
    await inPieces(bytes, (from, length) => output.write(bytes, from, length, from))
    await output.close()
    await runPeer('cp', [sent, received])
    const back = new Uint8Array(bytes.length)
    const input = await open(received, 'r')
    await inPieces(back, (from, length) => input.read(back, from, length, from))
    await input.close()
  } finally {
    for (const file of [sent, received]) await rm(file, { force: true })
  }
}

async function inPieces(bytes: Uint8Array, step: (from: number, length: number) => Promise<unknown>): Promise<void> {
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) await step(at, Math.min(PIECE_BYTES, bytes.length - at))
}

export const arrays: Scenario = {
  name: 'arrays',
  title: `${BYTES / 1024 ** 2} MiB of float64 to a warm Python worker and back; 1 GiB the same way`,
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
      const runHuge = async () => {
        let back: unknown
        const ms = await time(async () => {
          back = await run(huge)
        })
        checkArray(back, HUGE_BYTES)
        return ms
      }
      // Where memory is slow to be had, as it is for a virtual machine that has to ask its host, `copy` is slow too.
      const { gigabyteMs = 0, copyMs = 0 } = await inTurns(HUGE_ROUNDS, {
        gigabyteMs: runHuge,
        copyMs: () => time(() => copy(huge)),
      })
      const linear = (job * HUGE_BYTES) / BYTES
      const runnerPeakMB = Math.max(...childrenOf(service.pid).map(peakMB))
      const { peers: others, ratios } = against(job, peers, 'ms')
      return {
        ours: {
          ms: job,
          requestMs: request,
          gigabyteMs,
          servicePeakMB: peakMB(service.pid),
          runnerPeakMB,
        },
        peers: { ...others, linear: { ms: linear }, copy: { ms: copyMs } },
        ratios: { ...ratios, linear: gigabyteMs / linear, copy: gigabyteMs / copyMs },
        missing,
      }
    } finally {
      await service.close()
    }
  },
}
