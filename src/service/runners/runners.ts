// The runners of the job service: starts them when they are needed, and assigns each run to the one with the fewest.
import { type ChildProcess, spawn } from 'node:child_process'
import type { Socket } from 'node:net'
import { readLines, TurnWriter } from '../../core/protocol/wire'
import { CHANNEL_FD, type FromRunner, type ToRunner, toBase64 } from '../../run/base/runnerProtocol'
import type { Run, RunEvents, RunSpec } from '../../run/base/runTypes'
import type { LivingWorkers } from '../state/livingWorkers'
import { isInspected, runnerFlags } from './inspect'
import { type ProcessProxy, type RunnerRequest, RunProxy } from './runProxy'
import { Watchdog } from './watchdog'
import { WorkerProxy, type WorkerProxyEvents } from './workerProxy'

/** Runners start jobs in parallel; more of them are no faster, and each uses 40 MB. */
const MAX_RUNNERS = 4
/** Longest message: what `readOutput` asks for, as base64. */
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024
/** The pause after a runner could not be started. */
const ADD_AGAIN_MS = 1000
/** Environments that a runner has in memory; a job with variables of its own has its own one. */
const KEPT_ENVIRONMENTS = 50

export interface RunnersHost {
  /** Where a runner prints. */
  readonly output: number | 'inherit'
  /** Restores the files from which a runner is started. */
  keepProgram(): void
}

export class Runners {
  readonly #runners = new Set<Runner>()
  readonly #host: RunnersHost
  readonly #workers: LivingWorkers
  readonly #most: number
  #addAgainAt = 0

  constructor(cores: number, workers: LivingWorkers, host: RunnersHost) {
    this.#host = host
    this.#workers = workers
    this.#most = Math.max(1, Math.min(MAX_RUNNERS, cores))
    this.#add() // at once: an update may remove the editor's runtime later
  }

  start(spec: RunSpec, events: RunEvents): Run {
    const run = new RunProxy(spec, events)
    this.#assign(run)
    return run
  }

  /** @param isConcurrent whether it gets requests as they come; else jobs one after the other */
  startWorker(spec: RunSpec, isConcurrent: boolean, events: WorkerProxyEvents): WorkerProxy {
    const { id } = spec
    const workers = this.#workers
    workers.starts(id)
    const worker: WorkerProxy = new WorkerProxy(spec, isConcurrent, {
      ...events,
      onChange: () => {
        workers.hasProcess(id, worker.pid, worker.progress.processStartTime)
        events.onChange()
      },
      onEnd: end => {
        workers.ended(id)
        events.onEnd(end)
      },
    })
    this.#assign(worker)
    return worker
  }

  /** Gives a run to the least busy runner; a new runner is started when all are busy. */
  #assign(run: ProcessProxy): void {
    let best: Runner | undefined
    for (const runner of this.#runners) if (!best || runner.busy < best.busy) best = runner
    const mayAdd = this.#runners.size < this.#most && performance.now() >= this.#addAgainAt
    if (!best || (best.busy > 0 && mayAdd)) best = this.#add()
    best.start(run)
  }

  #add(): Runner {
    this.#host.keepProgram()
    const runner = new Runner(this.#runners.size + 1, this.#host.output, () => this.#runners.delete(runner))
    this.#runners.add(runner)
    runner.failed.then(runs => {
      // short of processes, memory or files: no fault of its jobs, which wait and try again
      this.#runners.delete(runner)
      this.#addAgainAt = performance.now() + ADD_AGAIN_MS
      for (const run of runs) run.detach()
      setTimeout(() => {
        for (const run of runs) if (!run.hasEnded) this.#assign(run)
      }, ADD_AGAIN_MS)
    })
    return runner
  }

  /** Closes the channels; a runner without runs ends at once. */
  close(): void {
    for (const runner of this.#runners) runner.close()
  }
}

class Runner {
  readonly #channel: Socket | undefined
  readonly #writer: TurnWriter<ToRunner> | undefined
  readonly #runs = new Map<number, ProcessProxy>()
  /** Numbers of the environments that it has, the last used last. */
  readonly #environments = new Map<Readonly<Record<string, string>>, number>()
  #last = 0

  readonly #watchdog: Watchdog

  /** Resolves with its runs when its process could not be started: none of them has begun. */
  readonly failed: Promise<ProcessProxy[]>

  constructor(number: number, output: number | 'inherit', onGone: () => void) {
    const flags = runnerFlags(process.execArgv, number)
    const child: ChildProcess = spawn(process.execPath, [...flags, process.argv[1] ?? '', '--runner'], {
      stdio: ['ignore', output, output, 'pipe'],
      env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
      // Not in our group: what is sent to the group of a terminal is for the service to handle.
      detached: process.platform !== 'win32',
      windowsHide: true,
    })
    this.#watchdog = new Watchdog(
      () => this.#send({ type: 'ping' }),
      () => {
        if (isInspected(flags)) return // a debugger may hold it
        console.error(`Runner ${child.pid} does not respond and is ended.`)
        child.kill('SIGKILL')
        this.#channel?.destroy() // a process that is blocked in the kernel does not end, and is not waited for
      },
    )
    this.failed = new Promise(resolve => {
      child.on('error', error => {
        if (child.pid !== undefined) return
        console.error(`A runner could not be started: ${error.message}`)
        resolve(this.#removeRuns())
      })
    })
    const channel = child.stdio?.[CHANNEL_FD] as Socket | undefined // none when there are no file descriptors left
    if (!channel) return
    this.#channel = channel
    channel.setEncoding('utf8')
    channel.on('error', () => undefined) // it is closed next
    this.#writer = new TurnWriter(channel)
    readLines<FromRunner>(channel, MAX_MESSAGE_BYTES, message => this.#onMessage(message))
    channel.on('close', () => {
      this.#watchdog.end()
      if (child.pid === undefined) return
      onGone()
      for (const run of this.#removeRuns()) void run.onRunnerExit()
    })
  }

  #removeRuns(): ProcessProxy[] {
    const runs = [...this.#runs.values()]
    this.#runs.clear()
    return runs
  }

  get busy(): number {
    return this.#runs.size
  }

  close(): void {
    this.#channel?.end()
  }

  start(run: ProcessProxy): void {
    const id = ++this.#last
    const { env, stdin, ...rest } = run.spec
    this.#runs.set(id, run)
    const sent = {
      ...rest,
      environment: this.#environmentNumber(env),
      ...(stdin && { stdin: 'file' in stdin ? stdin : { base64: toBase64(stdin.bytes) } }),
    }
    if (run.isConcurrent === undefined) this.#send({ type: 'start', run: id, spec: sent })
    else this.#send({ type: 'startWorker', run: id, spec: sent, isConcurrent: run.isConcurrent })
    run.attach((request: RunnerRequest) => {
      this.#send({ ...request, run: id })
      if (request.type !== 'tasks') this.#watchdog.expectAnswer()
    })
  }

  #send(message: ToRunner): void {
    this.#writer?.write(message).catch(() => undefined) // it has ended, and so its runs do
  }

  /** The number of an environment, which is sent first if the runner does not have it. */
  #environmentNumber(env: Readonly<Record<string, string>>): number {
    const environment = this.#environments.get(env) ?? ++this.#last
    if (!this.#environments.delete(env)) this.#send({ type: 'environment', environment, vars: env })
    this.#environments.set(env, environment)
    if (this.#environments.size > KEPT_ENVIRONMENTS) {
      const [oldest, number] = this.#environments.entries().next().value ?? [env, environment]
      this.#environments.delete(oldest)
      this.#send({ type: 'forgetEnvironment', environment: number })
    }
    return environment
  }

  #onMessage(message: FromRunner): void {
    this.#watchdog.onMessage()
    const run = this.#runs.get(message.run)
    if (!run) return
    if (message.type === 'ended') this.#runs.delete(message.run)
    try {
      run.onMessage(message)
    } catch (error) {
      console.error('A message of a runner could not be handled:', error) // the messages behind it must still be handled
    }
  }
}
