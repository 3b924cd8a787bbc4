// How the time to read frames grows with their size: a child process writes them into a pipe, the reader cuts them out.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type ArrayEntry, encodeFrame, FrameReader, MAX_FRAME_BYTES } from '../../src/core/values/frames'
import { inTurns, type Scenario } from './harness'

const SMALL_MB = 1
const LARGE_MB = 100
/** How often the writer writes its file, which has as many bytes for either size: the writer must make no difference. */
const TIMES = 4
const TOTAL_MB = LARGE_MB * TIMES
const ROUNDS = 9
const MB = 1e6

/** A frame with one array of bytes in it. */
function makeFrame(megabytes: number): Uint8Array {
  const array = new Uint8Array(megabytes * MB).map((_, i) => i % 251)
  const entry: ArrayEntry = { path: ['value'], dtype: 'uint8', shape: [array.length] }
  return encodeFrame(1, { value: null }, [entry], [array])
}

/**
 * Has a child process write the frames in a file over and over.
 * @returns seconds from the first byte to the end
 */
function read(file: string): Promise<number> {
  const { promise, resolve: done, reject: fail } = Promise.withResolvers<number>()
  const child = spawn(process.execPath, [resolve('test/bench/framingWriter.mjs'), file, `${TIMES}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let begin = 0
  let bytes = 0
  const reader = new FrameReader(MAX_FRAME_BYTES, frame => {
    bytes += frame.bytes
  })
  child.on('error', fail)
  child.stdout.once('data', () => {
    begin = performance.now()
  })
  child.stdout.on('data', chunk => reader.push(chunk))
  child.stdout.on('end', () => {
    const seconds = (performance.now() - begin) / 1000
    const expected = statSync(file).size * TIMES
    if (bytes === expected) done(seconds)
    else fail(new Error(`Frames of ${bytes} bytes were read, not of ${expected}.`))
  })
  return promise
}

export const framing: Scenario = {
  name: 'framing',
  title: `${TOTAL_MB} MB of frames through a pipe: ${SMALL_MB} MB and ${LARGE_MB} MB each`,
  async run() {
    const folder = mkdtempSync(join(tmpdir(), 'hj-'))
    const contestant = (megabytes: number) => {
      const file = join(folder, `${megabytes}`)
      writeFileSync(file, Buffer.concat(Array<Uint8Array>(LARGE_MB / megabytes).fill(makeFrame(megabytes))))
      return async () => (await read(file)) / TOTAL_MB
    }
    try {
      const { small = 0, large = 0 } = await inTurns(ROUNDS, {
        small: contestant(SMALL_MB),
        large: contestant(LARGE_MB),
      })
      return {
        ours: { secondsPerMB1: small, secondsPerMB100: large },
        peers: {},
        ratios: { linear: large / small },
        missing: [],
      }
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
}
