// The life of a job once its turn has come: from its start to its final state. Runs in the job service.
import { join } from 'node:path'
import type { EndedBy, JobError, JobState } from '../api'
import { hasProcess, judge, mayRetry, retryDelayMs, type StoredInput } from '../core/job'
import type { MachineSettings } from '../core/protocol'
import type { Run, RunEnd, RunSpec } from '../run/runTypes'
import type { Environments } from './environments'
import type { Ledger } from './ledger'
import type { Runners } from './runners'
import type { Scheduler } from './scheduler'
import type { Session } from './session'
import type { Facts, JobRecord, Left } from './store'

interface Life {
  job: JobRecord
  run: Run | undefined
}

export interface LivesHost {
  readonly ledger: Ledger
  readonly scheduler: Scheduler
  readonly environments: Environments
  readonly settings: MachineSettings
  readonly spoolFolder: string
  readonly runners: Runners
  /** A file of a failed attempt is not needed any more, if it is one of ours. */
  dropSpoolFile(file: string | undefined): void
  /** The window that submitted the job, unless it has gone for good. */
  sessionOf(job: JobRecord): Session | undefined
}

export class Lives {
  readonly #host: LivesHost
  /** Jobs that are not queued and not final, by `seq`. */
  readonly #lives = new Map<number, Life>()

  constructor(host: LivesHost) {
    this.#host = host
  }

  /** The record that is being changed, for a job that lives; the store may be a moment behind. */
  job(seq: number): JobRecord | undefined {
    return this.#lives.get(seq)?.job
  }

  run(seq: number): Run | undefined {
    return this.#lives.get(seq)?.run
  }

  get all(): Iterable<JobRecord> {
    return [...this.#lives.values()].map(life => life.job)
  }

  /** Runs one attempt; settles when its process tree is gone. */
  async start(job: JobRecord): Promise<void> {
    const { ledger } = this.#host
    const life: Life = { job, run: undefined }
    this.#lives.set(job.seq, life)
    const attempts = (job.facts.attempts ?? 0) + 1
    job.facts = {} // nothing of an earlier attempt
    ledger.move(job, 'starting', { attempts })
    ledger.store.commit() // on disk before there is a process: after a crash it is lost, never run twice
    const run = this.#host.runners.start(this.#specOf(job), {
      onStarted: started => this.#started(job, started),
      onChange: changed => this.#progressed(job, changed),
    })
    life.run = run
    this.#settle(life, await run.ended)
  }

  #specOf(job: JobRecord): RunSpec {
    const { settings, environments, spoolFolder } = this.#host
    const { id, spec } = job
    return {
      id,
      name: spec.name,
      command: spec.command,
      cwd: spec.cwd,
      env: environments.of(job),
      cores: spec.cores ?? 1,
      spoolFile: join(spoolFolder, id),
      maxOutputBytes: settings.maxOutputMegabytes * 1024 * 1024,
      graceMs: settings.killGraceSeconds * 1000,
      niceness: settings.niceness,
      ...(spec.shell !== undefined && { shell: spec.shell }),
      ...(spec.wrapper && { wrapper: spec.wrapper }),
      ...(spec.stdin && { stdin: runInput(spec.stdin) }),
      ...(typeof spec.stdout === 'object' && { stdoutFile: spec.stdout.file }),
      ...(spec.stderr && { stderrFile: spec.stderr.file }),
      ...(spec.okExitCodes && { okExitCodes: spec.okExitCodes }),
      ...(spec.timeoutSeconds !== undefined && { timeoutMs: spec.timeoutSeconds * 1000 }),
      ...(spec.noOutputTimeoutSeconds !== undefined && { noOutputTimeoutMs: spec.noOutputTimeoutSeconds * 1000 }),
    }
  }

  #started(job: JobRecord, run: Run): void {
    const facts: Facts = { command: run.command }
    if (run.pid !== undefined) facts.pid = run.pid
    if (run.processStartTime !== undefined) facts.processStartTime = run.processStartTime
    if (run.startedAt !== undefined) facts.startedAt = run.startedAt
    if (job.state === 'starting') this.#host.ledger.move(job, 'running', facts)
    else Object.assign(job.facts, facts) // it is to stop already
  }

  #progressed(job: JobRecord, run: Run): void {
    if (!hasProcess(job.state)) return
    Object.assign(job.facts, run.progress)
    this.#host.ledger.touched(job)
  }

  /** Asks the process tree to end; the final state comes when it is gone. */
  stop(job: JobRecord, endedBy: EndedBy, reason: string | undefined, error?: JobError): void {
    const life = this.#lives.get(job.seq)
    if (!life || !hasProcess(life.job.state)) return
    if (life.job.state !== 'stopping') {
      this.#host.ledger.move(life.job, 'stopping', reason === undefined ? {} : { cancelReason: reason })
    }
    life.run?.stop(endedBy, error)
  }

  #settle(life: Life, end: RunEnd): void {
    const { job } = life
    const { ledger, scheduler } = this.#host
    life.run = undefined
    const outcome = judge(end, job.spec.okExitCodes)
    const facts = factsOf(end)
    const attempts = job.facts.attempts ?? 1
    if (job.state !== 'stopping' && mayRetry(outcome) && attempts <= (job.spec.retries ?? 0)) {
      this.#lives.delete(job.seq)
      delete job.facts.pid
      for (const file of [facts.stdoutFile, facts.stderrFile]) this.#host.dropSpoolFile(file)
      ledger.move(job, 'queued', { ...facts, ...(outcome.error && { error: outcome.error }) })
      scheduler.retry(job, retryDelayMs(attempts))
      return
    }
    const unsaved = outcome.state === 'succeeded' && job.spec.keep === true && typeof job.spec.stdout !== 'object'
    const left: Left = {
      stdout: 'file' in end.stdout ? null : end.stdout.bytes,
      stderr: end.stderr.length > 0 ? end.stderr : null,
      unsaved: unsaved && end.stdoutBytes > 0,
    }
    if (outcome.error) facts.error = outcome.error
    const session = this.#needsWindow(job, end) ? this.#host.sessionOf(job) : undefined
    // a window that is away for a moment asks for it when it is back; one that has gone is told of by `finished`
    if (outcome.state === 'succeeded' && session) {
      ledger.move(job, 'finishing', facts, left)
      session.finish(ledger.ended(job, left))
      return
    }
    this.#end(job, outcome.state, facts, left)
  }

  /** Whether turning stdout into the value can fail: the window says how that went. */
  #needsWindow({ spec }: JobRecord, end: RunEnd): boolean {
    if (spec.keep || typeof spec.stdout === 'object') return false
    return spec.stdout === 'json' || spec.stdout === 'function' || 'file' in end.stdout
  }

  /** The window has turned stdout into a value, or failed to, or has gone: then the exit facts decide. */
  finished(job: JobRecord, error?: JobError): void {
    if (job.state !== 'finishing') return
    this.#end(job, error ? 'failed' : 'succeeded', error ? { error } : {})
  }

  #end(job: JobRecord, state: JobState, facts: Facts, left?: Left): void {
    this.#lives.delete(job.seq)
    this.#host.ledger.move(job, state, facts, left)
  }
}

function runInput(input: StoredInput): { bytes: Uint8Array } | { file: string } {
  if ('file' in input) return { file: input.file }
  if ('text' in input) return { bytes: Buffer.from(input.text) }
  if ('base64' in input) return { bytes: Buffer.from(input.base64, 'base64') }
  throw new Error('A job was started before its stdin function had answered.')
}

function factsOf(end: RunEnd): Facts {
  const { stdout, stderr: _, startedAt, error: __, leftovers, stderrFile, ...facts } = end
  return {
    ...facts,
    ...(startedAt !== undefined && { startedAt }),
    ...(leftovers > 0 && { leftovers }),
    ...('file' in stdout && { stdoutFile: stdout.file }),
    ...(stderrFile !== undefined && { stderrFile }),
  }
}
