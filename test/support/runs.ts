// Runs jobs straight through `startRun`, without a job service, and looks afterwards what is still alive.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { JobError, JobState } from '../../src/api'
import { outcomeOf } from '../../src/core/jobs/job'
import { type Run, type RunEnd, type RunSpec, startRun } from '../../src/run/job/runJob'

export const fixtures = path.resolve(import.meta.dirname, '../fixtures')

export interface Outcome {
  state: JobState
  error: JobError | undefined
  end: RunEnd
  /** Small output as text. */
  stdout: string
  stderr: string
}

export interface TestRun {
  run: Run
  id: string
  outcome: Promise<Outcome>
  isStarted(): boolean
  changes(): number
}

/** The words that run a fixture. */
export function fixture(name: string, ...args: string[]): string[] {
  return [name.endsWith('.py') ? 'python3' : 'sh', path.join(fixtures, name), ...args]
}

export class RunBench {
  readonly folder = mkdtempSync(path.join(os.tmpdir(), 'hj-run-'))
  readonly #running = new Set<Run>()
  #count = 0

  file(name: string): string {
    return path.join(this.folder, name)
  }

  start(command: readonly string[], changes: Partial<RunSpec> = {}): TestRun {
    const id = `test-${process.pid}-${path.basename(this.folder)}-${++this.#count}`
    let started = false
    let changeCount = 0
    const spec: RunSpec = {
      id,
      name: 'a job',
      command,
      cwd: this.folder,
      env: { PATH: process.env.PATH ?? '', HOME: this.folder, LANG: 'C.UTF-8' },
      cores: 2,
      spoolFile: this.file(`spool-${this.#count}`),
      maxOutputBytes: 64 * 1024 * 1024,
      graceMs: 300,
      niceness: 0,
      ...changes,
    }
    const run = startRun(spec, { onStarted: () => (started = true), onChange: () => changeCount++ })
    this.#running.add(run)
    const outcome = run.ended.then(end => {
      this.#running.delete(run)
      return {
        ...stateAndError(end, spec),
        end,
        stdout: textOf(end.stdout),
        stderr: Buffer.from(end.stderr).toString(),
      }
    })
    return { run, id, outcome, isStarted: () => started, changes: () => changeCount }
  }

  /** Starts it and waits for its end. */
  async run(command: readonly string[], changes: Partial<RunSpec> = {}): Promise<Outcome> {
    return this.start(command, changes).outcome
  }

  /** Ends what a failed test has left running. */
  async close(): Promise<void> {
    const running = [...this.#running]
    for (const run of running) run.stop('shutdown')
    await Promise.all(running.map(run => run.ended))
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** Pids of the processes, not zombies, that were started for a job: by their environment. */
export function processesOf(id: string): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter(pid => Number.isInteger(pid) && holds(pid, `HEADLESS_JOB_ID=${id}\0`))
}

function holds(pid: number, entry: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(entry)
  } catch {
    return false // it has ended
  }
}

function stateAndError(end: RunEnd, spec: RunSpec): { state: JobState; error: JobError | undefined } {
  const { state, error } = outcomeOf(end, spec.okExitCodes)
  return { state, error }
}

function textOf(stdout: RunEnd['stdout']): string {
  return 'file' in stdout ? '' : Buffer.from(stdout.bytes).toString()
}
