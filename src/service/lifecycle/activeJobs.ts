// What becomes of a job once its turn has come: from its start to its final state.
import type { Container, EndedBy, JobError, JobState } from '../../api'
import { containerText } from '../../core/jobs/containerWords'
import { tooLong } from '../../core/jobs/finishLimit'
import { hasProcess, isFinal, isTriedAgain, outcomeOf, retryDelayMs } from '../../core/jobs/job'
import type { Attempt, Run, RunEnd, RunEvents, RunSpec } from '../../run/base/runTypes'
import { reasonOf } from '../../run/base/startError'
import { unobservedEnd } from '../../run/base/unobservedEnd'
import type { RemoteQueues } from '../elsewhere/remoteQueues'
import { keepAttempt } from '../jobs/attempts'
import type { JobInfos } from '../jobs/jobInfos'
import type { Ledger } from '../jobs/ledger'
import type { PoolWorker } from '../pools/poolWorker'
import type { Runners } from '../runners/runners'
import { orderOf, type RunSpecHost, runSpecOf } from '../runners/runSpec'
import type { JobQueue } from '../scheduling/jobQueue'
import type { JobStarter } from '../scheduling/scheduler'
import type { Session } from '../sessions/session'
import type { ArrayFiles } from '../state/arrayFiles'
import type { Facts, JobRecord, StoredOutputs } from '../store/records'
import type { Store } from '../store/store'
import { Finishing } from './finishing'

interface ActiveJob {
  job: JobRecord
  run: Attempt | undefined
  /** How long its process may take to end when it is asked; that of a worker is not its own. */
  graceMs?: number
  stoppedBy?: EndedBy
}

/** What is kept of why a job was cancelled. */
export type CancelFacts = Pick<Facts, 'cancelReason' | 'cancelledFrom'>

export interface ActiveJobsHost {
  readonly ledger: Ledger
  readonly queue: JobQueue
  readonly store: Store
  readonly infos: JobInfos
  readonly runSpecHost: RunSpecHost
  readonly arrays: ArrayFiles
  readonly runners: Runners
  readonly remotes: RemoteQueues
  /** The window that submitted the job, unless it will not come back. */
  sessionOf(job: JobRecord): Session | undefined
}

export class ActiveJobs implements JobStarter {
  readonly #host: ActiveJobsHost
  /** Jobs that are not queued and not final, by `seq`. */
  readonly #active = new Map<number, ActiveJob>()
  readonly #finishing = new Finishing((job, ms) =>
    this.finished(job, {
      kind: 'parse',
      message: `Its window did not turn its stdout into a value: ${tooLong(ms)}. Show its output, or rerun it.`,
    }),
  )

  constructor(host: ActiveJobsHost) {
    this.#host = host
  }

  /** The record that is being changed, for an active job; the store may be a moment behind. */
  job(seq: number): JobRecord | undefined {
    return this.#active.get(seq)?.job
  }

  run(seq: number): Attempt | undefined {
    return this.#active.get(seq)?.run
  }

  get all(): Iterable<JobRecord> {
    return [...this.#active.values()].map(active => active.job)
  }

  /** Runs one attempt; settles when its process tree has ended. */
  async start(job: JobRecord): Promise<void> {
    const { ledger } = this.#host
    try {
      const active = this.#begin(job)
      if (!ledger.commitStarting()) return this.#requeue(active)
      const spec = runSpecOf(job, this.#host.runSpecHost)
      active.graceMs = spec.graceMs
      const runners = this.#host.remotes.of(job.spec.queue) ?? this.#host.runners
      const run = runners.start(spec, {
        onStarted: started => this.#safely(job, () => this.#started(job, started)),
        onChange: changed => this.#safely(job, () => this.#progressed(job, changed)),
      })
      active.run = run
      const end = await run.ended
      if (end.neverBegun) return this.#requeue(active)
      if (run.pid !== undefined) Object.assign(job.facts, startFacts(run)) // its start is not reported when it is so short
      this.#settle(active, end)
    } catch (error) {
      this.fail(job, error)
    }
  }

  /** An earlier service has begun it, and it may still run. */
  resume(job: JobRecord): void {
    this.#active.set(job.seq, { job, run: undefined })
  }

  /**
   * Its runner has it still, or knows how it ended.
   * @param take gets it from there
   */
  async adopt(job: JobRecord, take: (spec: RunSpec, events: RunEvents) => Run): Promise<void> {
    const active = this.#active.get(job.seq)
    if (!active) return
    try {
      const spec = runSpecOf(job, this.#host.runSpecHost)
      const run = take(spec, {
        onStarted: started => this.#safely(job, () => this.#started(job, started)),
        onChange: changed => this.#safely(job, () => this.#progressed(job, changed)),
      })
      active.run = run
      active.graceMs = spec.graceMs
      // an earlier service may not have come to it
      const stoppedBy = active.stoppedBy ?? (job.state === 'stopping' ? 'user' : undefined)
      if (stoppedBy) run.stop(stoppedBy)
      const end = await run.ended
      if (end.neverBegun) return this.#requeue(active)
      Object.assign(job.facts, startFacts(run))
      this.#settle(active, end)
    } catch (error) {
      this.fail(job, error)
    }
  }

  /** What has become of it cannot be known; without an error: it was to end, and there is nothing of it. */
  lose(job: JobRecord, error?: JobError): void {
    const active = this.#active.get(job.seq)
    if (active) this.#settle(active, unobservedEnd(error, error ? 'self' : (active.stoppedBy ?? 'user')))
  }

  #safely(job: JobRecord, step: () => void): void {
    try {
      step()
    } catch (error) {
      this.fail(job, error)
    }
  }

  /** A fault of this program: the job ends with a sentence instead of being under way without end. */
  fail(job: JobRecord, thrown: unknown): void {
    console.error(`Job ${job.id} could not go on:`, thrown)
    const { state } = job
    const what =
      state === 'queued' || state === 'starting' ? 'could not be started' : 'could not be followed to its end'
    const error: JobError = {
      kind: 'service',
      message: `The job ${what}: ${reasonOf(thrown).replace(/\.$/, '')}. Rerun it.`,
    }
    const active = this.#active.get(job.seq)
    active?.run?.stop('limit', error)
    if (isFinal(state)) this.#active.delete(job.seq)
    else this.#end(job, 'failed', { endedAt: Date.now(), endedBy: 'self', error })
  }

  #begin(job: JobRecord): ActiveJob {
    const active: ActiveJob = { job, run: undefined }
    this.#active.set(job.seq, active)
    const attempts = (job.facts.attempts ?? 0) + 1
    const container = this.#containerOf(job)
    this.#host.ledger.transition(job, 'starting', {
      attempts,
      ...(container && { container: containerText(container) }),
    })
    return active
  }

  /** Its own, or that of its queue. */
  #containerOf(job: JobRecord): Container | undefined {
    const config = this.#host.runSpecHost.queues.configOf(job)
    return job.spec.container ?? (config?.kind === 'container' ? config : undefined)
  }

  /** Gives one attempt to a kept-alive worker; it is on disk as starting before it is sent. */
  assign(job: JobRecord, worker: PoolWorker): void {
    const order = orderOf(job)
    const active = this.#begin(job)
    active.run = worker.assign(order, {
      onChange: task => this.#safely(job, () => this.#taskChanged(job, task)),
      onEnd: (_, end) => this.#safely(job, () => this.#settle(active, end)),
      onReturned: () => this.#safely(job, () => this.#requeue(active)),
    })
  }

  /** It was not begun: it is queued again. */
  #requeue({ job, stoppedBy }: ActiveJob): void {
    const { ledger, queue } = this.#host
    if (isFinal(job.state)) return
    this.#active.delete(job.seq)
    if (stoppedBy) {
      ledger.transition(job, 'cancelled', { endedAt: Date.now(), endedBy: stoppedBy })
      return
    }
    const attempts = (job.facts.attempts ?? 1) - 1
    job.facts = {} // also not those of the process that had it
    ledger.transition(job, 'queued', { attempts })
    queue.add(job)
  }

  #taskChanged(job: JobRecord, task: Attempt): void {
    if (job.state === 'starting' && task.startedAt !== undefined) this.#started(job, task)
    this.#progressed(job, task)
  }

  #started(job: JobRecord, run: Attempt): void {
    const facts = startFacts(run)
    if (job.state === 'starting') this.#host.ledger.transition(job, 'running', facts)
    else Object.assign(job.facts, facts) // it is stopping already
  }

  #progressed(job: JobRecord, run: Attempt): void {
    if (!hasProcess(job.state)) return
    const isNamed = job.facts.processStartTime !== undefined
    Object.assign(job.facts, run.progress)
    if (!isNamed && job.facts.processStartTime !== undefined) this.#host.ledger.writeSoon(job)
    this.#host.ledger.factsChanged(job)
  }

  /** Asks the process tree to end; the final state follows when it has ended. */
  stop(job: JobRecord, endedBy: EndedBy, why: CancelFacts, error?: JobError): void {
    const active = this.#active.get(job.seq)
    if (active?.job.state === 'finishing') this.#abandon(active.job, endedBy, why)
    if (!active || !hasProcess(active.job.state)) return
    if (active.job.state !== 'stopping') {
      const { graceMs } = active
      const forceAt = graceMs === undefined ? {} : { forceAt: Date.now() + graceMs }
      this.#host.ledger.transition(active.job, 'stopping', { ...why, ...forceAt })
    }
    active.stoppedBy = endedBy
    active.run?.stop(endedBy, error)
  }

  /** Its process has ended, and the value is not wanted any more. When the service ends, the exit facts decide. */
  #abandon(job: JobRecord, endedBy: EndedBy, why: CancelFacts): void {
    if (endedBy === 'shutdown') this.finished(job)
    else this.#end(job, 'cancelled', { endedBy, ...why })
  }

  #settle(active: ActiveJob, end: RunEnd): void {
    const { job } = active
    active.run = undefined
    if (isFinal(job.state)) return
    const outcome = outcomeOf(end, job.spec.okExitCodes)
    const facts = { ...factsOf(end), ...(outcome.error && { error: outcome.error }) }
    if (job.spec.protocol === 'frames') this.#host.arrays.attemptEnded(job, end, outcome.state === 'succeeded')
    const attempts = job.facts.attempts ?? 1
    if (isTriedAgain(job.spec, outcome, attempts) && job.state !== 'stopping' && !end.notEnded) {
      this.#retry(job, attempts, facts, end)
      return
    }
    const unsaved = outcome.state === 'succeeded' && job.spec.keep === true && typeof job.spec.stdout !== 'object'
    const outputs: StoredOutputs = { ...outputsOf(end), unsaved: unsaved && end.stdoutBytes > 0 }
    const session = this.#needsWindow(job, end) ? this.#host.sessionOf(job) : undefined
    // a window that is away for a moment asks for it when it is back; for one that has gone `finished` is called
    if (outcome.state === 'succeeded' && session) this.#finish(job, session, facts, outputs)
    else this.#end(job, outcome.state, facts, outputs)
  }

  /** The attempt is kept with what it wrote, and the job is queued for another one. */
  #retry(job: JobRecord, attempts: number, facts: Facts, end: RunEnd): void {
    const { ledger, queue, runSpecHost, store } = this.#host
    this.#active.delete(job.seq)
    const kept = keepAttempt(store, runSpecHost.paths.spool, job, facts, outputsOf(end))
    delete job.facts.pid
    ledger.transition(job, 'queued', kept)
    queue.addLater(job, retryDelayMs(attempts))
  }

  #finish(job: JobRecord, session: Session, facts: Facts, outputs: StoredOutputs): void {
    const { infos, ledger } = this.#host
    ledger.transition(job, 'finishing', facts, outputs)
    this.#finishing.begin(job)
    session.finish(infos.ended(job, outputs))
  }

  /** Whether turning stdout into the value can fail: then the window reports the result of that. */
  #needsWindow({ spec }: JobRecord, end: RunEnd): boolean {
    if (spec.keep || typeof spec.stdout === 'object') return false
    if (end.arrays) return true
    return spec.stdout === 'json' || spec.stdout === 'function' || 'file' in end.stdout
  }

  /** The window has turned stdout into a value, or failed to, or will not come back: then the exit facts decide. */
  finished(job: JobRecord, error?: JobError): void {
    if (job.state !== 'finishing') return
    this.#end(job, error ? 'failed' : 'succeeded', error ? { error } : {})
  }

  /** The window will not come back. */
  sessionGone(session: string): void {
    for (const job of this.all) if (job.session === session) this.finished(job)
  }

  /** The window has answered for it. */
  answered(job: JobRecord, error?: JobError): void {
    this.#finishing.answered(job)
    this.finished(job, error)
  }

  #end(job: JobRecord, state: JobState, facts: Facts, outputs?: StoredOutputs): void {
    this.#active.delete(job.seq)
    this.#finishing.end(job)
    this.#host.ledger.transition(job, state, facts, outputs)
  }
}

/** What is small enough for the store. */
function outputsOf({ stdout, stderr }: RunEnd): Pick<StoredOutputs, 'stdout' | 'stderr'> {
  return { stdout: 'file' in stdout ? null : stdout.bytes, stderr: stderr.length > 0 ? stderr : null }
}

function startFacts({ command, host, pid, processStartTime, startedAt }: Attempt): Facts {
  return {
    command,
    ...(host !== undefined && { host }),
    ...(pid !== undefined && { pid }),
    ...(processStartTime !== undefined && { processStartTime }),
    ...(startedAt !== undefined && { startedAt }),
  }
}

function factsOf(end: RunEnd): Facts {
  const {
    stdout,
    stderr: _,
    startedAt,
    error: __,
    leftovers,
    stderrFile,
    answered: ___,
    arrays: ____,
    neverBegun: _____,
    ...facts
  } = end
  return {
    ...facts,
    ...(startedAt !== undefined && { startedAt }),
    ...(leftovers > 0 && { leftovers }),
    ...('file' in stdout && { stdoutFile: stdout.file }),
    ...(stderrFile !== undefined && { stderrFile }),
  }
}
