// The two demonstrations: 50 spheres get noise, then, from the batch's callback, one volume is smoothed with five
// radii.
import { join } from 'node:path'
import { t } from '@vscode/l10n'
import type { HeadlessJobsApi, JobResult, JobSpec, NdArray } from '../../api'

const SPHERES = 50
const RINGS = 50
const AMPLITUDE = 0.05
const RADII = [0, 5, 10, 15, 20]
/** Voxels along each side of the volume, which is large enough to travel as a file that both sides map. */
const SIDE = 65
/** The rounding error of float32 for numbers up to 1. */
const ROUNDING = 1e-6

export interface DemoOptions {
  /** The folder of `noise.py` and `smooth.py`. */
  scripts: string
  /** The program that runs them. */
  python: string
  /** Where they run. Default `local`. */
  queue?: string
  /** Called for each result, in the order of completion; `problem` is what is wrong with it. */
  onProgress?: (done: number, total: number, result: JobResult<unknown>, problem: string | undefined) => void
}

/** All counts are taken from the results. */
export interface DemoReport {
  jobs: number
  /** Jobs whose values were right. */
  succeeded: number
  /** All others, cancelled ones included. */
  failed: number
  callbacks: number
  batches: number
  maxRunning: number
  seconds: number
}

/** Points on a unit sphere, rings times sectors, x y z. */
export function sphere(rings: number, sectors: number): NdArray<Float32Array> {
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
  return Object.assign(coordinates, { shape: [rings * sectors, 3] })
}

/** A ball of ones in a cube of zeros. */
export function ball(side: number): NdArray<Float32Array> {
  const voxels = new Float32Array(side ** 3)
  const middle = (side - 1) / 2
  for (let i = 0; i < voxels.length; i++) {
    const [x, y, z] = [i % side, Math.floor(i / side) % side, Math.floor(i / side ** 2)]
    if (Math.hypot(x - middle, y - middle, z - middle) < side / 3) voxels[i] = 1
  }
  return Object.assign(voxels, { shape: [side, side, side] })
}

/** The most jobs that ran at one moment, by their times, in which a short one may begin and end at the same. */
export function mostAtOnce(results: readonly JobResult<unknown>[]): number {
  const changes = results.flatMap(({ startedAt, endedAt }): [number, -1 | 0 | 1][] => {
    if (startedAt === undefined) return []
    return startedAt < endedAt
      ? [
          [startedAt, 1],
          [endedAt, -1],
        ]
      : [[endedAt, 0]]
  })
  let running = 0
  let most = 0
  for (const [, change] of changes.sort(([a, x], [b, y]) => a - b || x - y)) {
    running += change
    most = Math.max(most, change === 0 ? running + 1 : running)
  }
  return most
}

/** A job, and the check of its value. */
interface Trial {
  spec: JobSpec<unknown>
  problem(value: unknown): string | undefined
}

function noiseTrials(scripts: string, python: string): Trial[] {
  const original = sphere(RINGS, RINGS)
  return Array.from({ length: SPHERES }, (_, seed) => ({
    spec: {
      ...warm(scripts, python, 'noise.py'),
      name: t`Sphere ${seed + 1}`,
      stdin: () => ({ value: { vertices: sphere(RINGS, RINGS), amplitude: AMPLITUDE, seed } }),
    },
    problem: value => {
      const { vertices } = value as { vertices?: unknown }
      if (!isLike(original, vertices)) return t('What came back is not as many vertices.')
      const distances = vertices.map((x, i) => Math.abs(x - (original[i] as number)))
      if (distances.some(distance => distance > AMPLITUDE + ROUNDING)) return t('A vertex has moved too far.')
      return distances.every(distance => distance === 0) ? t('No vertex has moved.') : undefined
    },
  }))
}

function smoothTrials(scripts: string, python: string): Trial[] {
  const volume = ball(SIDE)
  return RADII.map(radius => ({
    spec: {
      ...warm(scripts, python, 'smooth.py'),
      name: t`Smooth, radius ${radius}`,
      stdin: { value: { volume, radius } },
    },
    problem: value => {
      const { volume: smooth } = value as { volume?: unknown }
      if (!isLike(volume, smooth)) return t('What came back is no volume of the same shape.')
      if (smooth.some(voxel => voxel < -ROUNDING || voxel > 1 + ROUNDING)) return t('A mean is out of range.')
      const isSame = smooth.every((voxel, i) => voxel === volume[i])
      if (isSame !== (radius === 0))
        return isSame ? t('Nothing was smoothed.') : t('A radius of 0 has changed the volume.')
      return undefined
    },
  }))
}

/** A script that is started once for each core and kept for all jobs. */
function warm(scripts: string, python: string, script: string) {
  return { command: [python, join(scripts, script)], cwd: scripts, protocol: 'frames', keepAlive: true } as const
}

function isLike(expected: NdArray, value: unknown): value is NdArray<Float32Array> {
  return value instanceof Float32Array && `${(value as Partial<NdArray>).shape}` === `${expected.shape}`
}

function problemOf(result: JobResult<unknown>, trial: Trial | undefined): string | undefined {
  if (result.state === 'succeeded') return trial?.problem(result.value)
  return result.error?.message ?? t`It is ${result.state}.`
}

/** Runs both and resolves when the second has completed. */
export async function runDemo(
  api: HeadlessJobsApi,
  { scripts, python, queue, onProgress }: DemoOptions,
): Promise<DemoReport> {
  const begin = Date.now()
  const report = { jobs: 0, succeeded: 0, failed: 0, callbacks: 0, batches: 0 }
  const all: JobResult<unknown>[] = []
  const run = (name: string, trials: readonly Trial[], onCompleted: () => void) => {
    const byName = new Map(trials.map(trial => [trial.spec.name, trial]))
    const right = new Set<string>()
    api.submitBatch(
      trials.map(({ spec }) => ({ ...spec, ...(queue !== undefined && { queue }) })),
      {
        name,
        onResult: result => {
          const problem = problemOf(result, byName.get(result.name))
          if (!problem) right.add(result.id)
          report.callbacks++
          all.push(result)
          onProgress?.(all.length, SPHERES + RADII.length, result, problem)
        },
        onCompleted: ({ results }) => {
          const succeeded = results.filter(({ id }) => right.has(id)).length
          report.batches++
          report.jobs += results.length
          report.succeeded += succeeded
          report.failed += results.length - succeeded
          onCompleted()
        },
      },
    )
  }
  await new Promise<void>(resolve => {
    run(t('Demo: 50 spheres'), noiseTrials(scripts, python), () =>
      run(t('Demo: five filters'), smoothTrials(scripts, python), resolve),
    )
  })
  return { ...report, maxRunning: mostAtOnce(all), seconds: (Date.now() - begin) / 1000 }
}
