// What tests of workers have in common: the fixtures as commands, the values of results, and what workers there are.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { JobResult } from '../../src/api'
import type { WorkerInfo } from '../../src/core/protocol/facts'
import { statePaths } from '../../src/service/base/paths'
import { isAlive } from './tempState'
import { until } from './until'
import type { TestWindow } from './window'

const fixtures = resolve(import.meta.dirname, '../fixtures/workers')

/** The words that run a fixture. */
export function workerCommand(name: string, ...args: string[]): string[] {
  const program = name.endsWith('.py') ? 'python3' : name.endsWith('.sh') ? 'sh' : process.execPath
  return [program, resolve(fixtures, name), ...args]
}

/** @throws Error with how it failed, when it did */
export function valueIn<T = unknown>(result: JobResult<unknown>): T {
  if (result.state !== 'succeeded') throw new Error(`${result.state}: ${result.error?.message}\n${result.stderr}`)
  return result.value as T
}

export function failureOf(result: JobResult<unknown>) {
  if (result.state === 'succeeded') throw new Error('It succeeded.')
  const { state, error, exitCode, signal, endedBy, stderr } = result
  return { state, kind: error?.kind, message: error?.message, exitCode, signal, endedBy, stderr }
}

/** The lines that fixtures have written into a file. */
export function linesOf(file: string): string[] {
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : []
}

export function workersOf({ client }: TestWindow): readonly WorkerInfo[] {
  return client.summary?.workers ?? []
}

/** After a test of several with one service: the next one sees workers of its own only. */
export async function endWorkers(window: TestWindow): Promise<void> {
  await window.client.service.stopWorkers({})
  await until(() => workersOf(window).length === 0, 30_000, 'the end of the workers')
}

export async function untilGone(...pids: number[]): Promise<void> {
  await until(() => !pids.some(isAlive), 20_000, `the end of the processes ${pids}`)
}

/** Files in the folders for arrays: the one in memory, the spool folder. */
export function arrayFilesOf(stateFolder: string): { memory: string[]; spool: string[] } {
  const { arrays, spool } = statePaths(stateFolder)
  return { memory: existsSync(arrays) ? readdirSync(arrays) : [], spool: readdirSync(spool) }
}
