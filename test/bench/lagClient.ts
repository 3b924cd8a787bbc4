// A client with 1 GB of heap, as an extension host may have. `ours`: submits 100,000 jobs, made one by one by an async
// iterable, while 1,000 of them run; `array`: the same in one array; `node`: spawns 100 processes itself. Prints the longest
// delay of its event loop in milliseconds.
import { spawn } from 'node:child_process'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { JobSpec } from '../../src/api'
import { openService } from './harness'

const JOBS = 100_000
const RUN = 1000
const SPAWNS = 100
const HEAP_BYTES = 1024 ** 3

/** Arrays of numbers on the heap, touched, so that their pages are there. */
function fillHeap(): number[][] {
  const length = 10_000
  return Array.from({ length: Math.round(HEAP_BYTES / (length * 8)) }, (_, i) =>
    Array.from({ length }, (_, j) => i + j / 3),
  )
}

const heap = fillHeap()
const delay = monitorEventLoopDelay({ resolution: 1 })

async function measure(work: () => Promise<void>): Promise<number> {
  await new Promise(resolve => setTimeout(resolve, 200)) // the collector settles
  delay.enable()
  await new Promise(resolve => setTimeout(resolve, 50))
  delay.reset()
  await work()
  await new Promise(resolve => setTimeout(resolve, 50))
  delay.disable()
  return delay.max / 1e6
}

type Specs = Iterable<JobSpec> | AsyncIterable<JobSpec>

const spec = (i: number): JobSpec => ({ command: ['echo', String(i)] })

async function* oneByOne(): AsyncGenerator<JobSpec> {
  for (let i = 0; i < JOBS; i++) yield spec(i)
}

async function submit(specs: Specs): Promise<number> {
  const service = await openService()
  try {
    await service.api.submit({ command: ['true'] }).result
    return await measure(async () => {
      let ran = 0
      const enough = Promise.withResolvers<void>()
      const batch = service.api.submitBatch(specs, {
        collect: false,
        onResult: () => {
          if (++ran === RUN) enough.resolve()
        },
      })
      await enough.promise
      while (batch.jobs.length < JOBS) await new Promise(resolve => setTimeout(resolve, 10))
      await batch.jobs[JOBS - 1]?.accepted
    })
  } finally {
    await service.client.service.cancel({ filter: { all: true } })
    await service.close()
  }
}

async function node(): Promise<number> {
  return measure(async () => {
    for (let i = 0; i < SPAWNS; i++) {
      const child = spawn('true', { stdio: 'ignore' })
      await new Promise(resolve => child.on('close', resolve))
    }
  })
}

const contestants: Record<string, () => Promise<number>> = {
  ours: () => submit(oneByOne()),
  array: () => submit(Array.from({ length: JOBS }, (_, i) => spec(i))),
  node,
}
const max = await contestants[process.argv[2] ?? '']?.()
if (heap.length === 0) throw new Error('The heap is gone.')
console.log(max)
