// The two demonstrations: 50 spheres get noise, then, from the batch's callback, one volume is smoothed with five radii.
// Runs in the window, or in a program that uses the client alone.
import { join } from 'node:path'
import type { BatchResult, HeadlessJobsApi, JobResult, JobSpec } from '../api'

const SPHERES = 50
const RADII = [0, 5, 10, 15, 20]
/** Voxels along each side of the volume. */
const SIDE = 32

export interface DemoOptions {
  /** The folder of `noise.py` and `smooth.py`. */
  scripts: string
  /** The program that runs them. */
  python: string
  /** Called with each result as it comes. */
  onProgress?: (done: number, total: number, result: JobResult<Float32Array>) => void
}

/** Everything is counted from what came back. */
export interface DemoReport {
  jobs: number
  succeeded: number
  failed: number
  callbacks: number
  batches: number
  maxRunning: number
  seconds: number
}

/** Coordinates of points on a unit sphere, rings times sectors. */
export function sphere(rings: number, sectors: number): Float32Array {
  const coordinates = new Float32Array(rings * sectors * 3)
  let at = 0
  for (let ring = 0; ring < rings; ring++) {
    const polar = (Math.PI * (ring + 0.5)) / rings
    for (let sector = 0; sector < sectors; sector++) {
      const azimuth = (2 * Math.PI * sector) / sectors
      coordinates[at++] = Math.sin(polar) * Math.cos(azimuth)
      coordinates[at++] = Math.sin(polar) * Math.sin(azimuth)
      coordinates[at++] = Math.cos(polar)
    }
  }
  return coordinates
}

/** A ball of ones in a cube of zeros. */
export function ball(side: number): Float32Array {
  const voxels = new Float32Array(side ** 3)
  const middle = (side - 1) / 2
  for (let i = 0; i < voxels.length; i++) {
    const [x, y, z] = [i % side, Math.floor(i / side) % side, Math.floor(i / side ** 2)]
    if (Math.hypot(x - middle, y - middle, z - middle) < side / 3) voxels[i] = 1
  }
  return voxels
}

/** The most jobs that ran at one moment, by their times. */
export function mostAtOnce(results: readonly JobResult<unknown>[]): number {
  const changes = results.flatMap(({ startedAt, endedAt }) =>
    startedAt === undefined ? [] : [[startedAt, 1] as const, [endedAt, -1] as const],
  )
  let running = 0
  let most = 0
  for (const [, change] of changes.sort(([a, x], [b, y]) => a - b || x - y)) {
    running += change
    most = Math.max(most, running)
  }
  return most
}

const floats = (stdout: Uint8Array) => new Float32Array(stdout.buffer, 0, stdout.byteLength / 4)

/** Runs both and resolves when the second has completed. */
export async function runDemo(api: HeadlessJobsApi, { scripts, python, onProgress }: DemoOptions): Promise<DemoReport> {
  const begin = Date.now()
  const report = { jobs: 0, succeeded: 0, failed: 0, callbacks: 0, batches: 0 }
  const results: JobResult<Float32Array>[] = []
  const total = SPHERES + RADII.length
  const onResult = (result: JobResult<Float32Array>) => {
    report.callbacks++
    results.push(result)
    onProgress?.(results.length, total, result)
  }
  const onBatch = ({ counts, results: ended }: BatchResult<Float32Array>) => {
    report.batches++
    report.jobs += ended.length
    report.succeeded += counts.succeeded
    report.failed += ended.length - counts.succeeded
  }
  const spheres: JobSpec<Float32Array>[] = Array.from({ length: SPHERES }, (_, seed) => ({
    name: `Sphere ${seed + 1}`,
    command: [python, join(scripts, 'noise.py'), '0.05', String(seed)],
    cwd: scripts,
    stdin: () => sphere(20, 20),
    stdout: floats,
  }))
  const volume = ball(SIDE)
  const filters: JobSpec<Float32Array>[] = RADII.map(radius => ({
    name: `Smooth, radius ${radius}`,
    command: [python, join(scripts, 'smooth.py'), ...[radius, SIDE, SIDE, SIDE].map(String)],
    cwd: scripts,
    stdin: volume,
    stdout: floats,
  }))
  await new Promise<void>(resolve => {
    api.submitBatch(spheres, {
      name: 'Demo: 50 spheres',
      onResult,
      onCompleted: first => {
        onBatch(first)
        api.submitBatch(filters, {
          name: 'Demo: five filters',
          onResult,
          onCompleted: second => {
            onBatch(second)
            resolve()
          },
        })
      },
    })
  })
  return { ...report, maxRunning: mostAtOnce(results), seconds: (Date.now() - begin) / 1000 }
}
