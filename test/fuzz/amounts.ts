// How much is tried, with which seed, and what must hold however much it is: memory does not grow, and nothing hangs.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Worker } from 'node:worker_threads'
import fc from 'fast-check'
import { expect } from 'vitest'

/** `npm test` prints it, and `-- --seed N` gives it. */
export const seed = Number(process.env.HEADLESS_JOBS_TEST_SEED ?? 1)
const messages = Number(process.env.HEADLESS_JOBS_FUZZ_MESSAGES ?? 100_000)

/** Of a hundred messages, how many go where. A damaged store costs as much as a thousand lines. */
const shares = {
  workerLines: 19,
  workerFrames: 17,
  wire: 19.1,
  settings: 15,
  toView: 11.8,
  toExtension: 12,
  socket: 6,
  store: 0.1,
}
export type Target = keyof typeof shares

export function amountOf(target: Target): number {
  return Math.ceil((messages * shares[target]) / 100)
}

/** Memory is compared after the first of these and after the last. */
const ROUNDS = 10
/** What the heap may have grown by meanwhile: code that was compiled, not what is kept of messages. */
const MAX_GROWTH_BYTES = 24 * 1024 * 1024

/**
 * Checks as many values as the target is to have; a value holds `messagesEach`. What fails is reduced to the smallest that
 * fails, and printed with its seed.
 */
export async function fuzz<T>(
  target: Target,
  messagesEach: number,
  values: fc.Arbitrary<T>,
  check: (value: T) => void,
): Promise<void> {
  const numRuns = Math.ceil(amountOf(target) / messagesEach / ROUNDS)
  const watchdog = watch(target)
  let before = 0
  try {
    for (let round = 0; round < ROUNDS; round++) {
      const property = fc.property(values, value => {
        watchdog.goesOn()
        check(value)
      })
      fc.assert(property, { seed: seed + round, numRuns })
      if (round === 0) before = heapBytes()
    }
    expect(heapBytes() - before).toBeLessThan(MAX_GROWTH_BYTES)
  } finally {
    await watchdog.end()
  }
}

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

function heapBytes(): number {
  collect()
  return process.memoryUsage().heapUsed
}

/** A check that takes so long hangs, on any machine. */
const HANGS_AFTER_SECONDS = 120

const WATCH = `
const { workerData: { beats, what, seconds } } = require('node:worker_threads')
let last = -1
setInterval(() => {
  const now = Atomics.load(beats, 0)
  if (now !== last) return void (last = now)
  require('node:fs').writeSync(2, what)
  process.kill(process.pid, 'SIGKILL')
}, seconds * 1000)
`

/** Ends this process when it hangs: a loop that does not end cannot be interrupted in any other way. */
export function watch(what: string) {
  const beats = new Int32Array(new SharedArrayBuffer(4))
  const hangs = `\n${what} hangs; repeat it with --seed ${seed}.\n`
  const worker = new Worker(WATCH, { eval: true, workerData: { beats, what: hangs, seconds: HANGS_AFTER_SECONDS } })
  return {
    goesOn: () => void Atomics.add(beats, 0, 1),
    end: () => worker.terminate(),
  }
}
