/**
 * The public API of Headless Jobs. It imports nothing: another extension may copy this file and have every type.
 *
 * ```ts
 * const extension = vscode.extensions.getExtension<HeadlessJobsExtension>('headless-jobs.headless-jobs')
 * const jobs = (await extension!.activate()).getApi(1, { extensionId: 'publisher.my-extension' })
 * const result = await jobs.submit({ command: ['wc', '-c'], stdin: 'hello', stdout: 'text' }).result
 * ```
 *
 * Within version 1 things are only ever added.
 */

/** What `activate()` of the extension returns, at once: it does not wait for the job service. */
export interface HeadlessJobsExtension {
  /**
   * @param version the version of the API that the caller was written for; any other than 1 throws
   * @param options `extensionId`: the caller's own id, `publisher.name`; its jobs are kept apart from those of others
   */
  getApi(version: 1, options: { extensionId: string }): HeadlessJobsApi
}

export interface HeadlessJobsApi {
  /**
   * Queues one job and returns at once.
   *
   * What `stdout` says decides the type of the result's value: `'text'` a string, `'json'` the parsed value, `{ file }`
   * the absolute path, a function what it returns, nothing or `'bytes'` a `Uint8Array`.
   *
   * @throws TypeError that names the field, when the spec is malformed; nothing has been queued then
   */
  submit(spec: JobSpec<string> & { stdout: 'text' }): Job<string>
  submit(spec: JobSpec<unknown> & { stdout: 'json' }): Job<unknown>
  submit(spec: JobSpec<string> & { stdout: { file: string } }): Job<string>
  submit(spec: JobSpec<unknown> & { protocol: 'lines' | 'frames' }): Job<unknown>
  submit(spec: JobSpec<Uint8Array> & { stdout?: 'bytes' }): Job<Uint8Array>
  submit<T>(spec: JobSpec<T> & { stdout: (stdout: Uint8Array) => T | Promise<T> }): Job<T>
  submit<T>(spec: JobSpec<T>): Job<T>

  /**
   * Queues many jobs that complete together. An iterable is checked whole before anything is queued.
   * An async iterable is pulled as fast as its jobs are accepted; a bad spec in it, or an error that it throws, stops
   * the pull, cancels nothing, and seals the batch as `'cut'`.
   *
   * @throws TypeError that names the index and the field of the first malformed spec
   */
  submitBatch<T>(specs: Iterable<JobSpec<T>> | AsyncIterable<JobSpec<T>>, options?: BatchOptions<T>): Batch<T>

  /** A batch to which jobs are added one by one, until `close()`. */
  openBatch<T>(options?: BatchOptions<T>): OpenBatch<T>

  /**
   * Starts a process that is kept for requests, for interactive use: until `dispose()`, until it ends, or until this
   * window goes. It holds a slot only while a request runs, and takes the next one that becomes free.
   *
   * @throws TypeError that names the field, when the spec is malformed
   */
  startWorker(spec: WorkerSpec): Worker

  /**
   * Registers the function that takes the results of jobs, or of batches, with this `resultHandler.id`, also those of
   * earlier windows. Register it while your extension is activated: when a result waits, one window activates it.
   *
   * Each result is delivered at least once, one after the other in the order in which they came to be, to one window at a
   * time (one of the same workspace first), until the handler has returned: a promise counts when it resolves. Then it
   * never comes again. A handler that throws, rejects, or is gone with its window gets the same result again after a
   * pause, and the others wait for that; after five tries the result is kept, and shown as not delivered.
   * @param id `'publisher.extension/name'`, beginning with the id of your extension
   * @throws TypeError for another id; Error when this window has a handler of this id already
   */
  registerResultHandler(id: string, handler: ResultHandler): Disposable
  registerResultHandler(id: string, handler: BatchResultHandler): Disposable

  /**
   * Registers the function that makes the stdin of jobs with this id in `stdin: { handler, context }`, also those of earlier
   * windows. Register it while your extension is activated: when a job waits for it, one window activates it.
   *
   * It is called with the `context` of the job when the job's turn is near, in one window at a time (that which submitted the
   * job, else one of the same workspace, else any). When that window goes before it has returned, or the handler is disposed
   * of, it is called again elsewhere: so it may be called more than once for a job, and must only make the input. What it
   * returns is stored with the job, and is used again by a rerun. A handler that throws, rejects, returns what is no input of
   * such a job, or takes more than 60 seconds fails the job with kind `prepareInput`, and no process is started.
   * @param id `'publisher.extension/name'`, beginning with the id of your extension
   * @throws TypeError for another id; Error when this window has an input handler of this id already
   */
  registerInputHandler(id: string, handler: InputHandler): Disposable

  /** A job by its id, also one of an earlier window; `undefined` when there is none of this extension. */
  getJob(id: string): Promise<Job<unknown> | undefined>

  /** This extension's jobs, newest first, in pages. */
  list(filter: JobFilter): Promise<{ jobs: JobInfo[]; next?: string }>

  /**
   * Cancels this extension's jobs that the filter names.
   * @returns how many were cancelled or asked to stop
   * @throws TypeError on an empty filter; `{ all: true }` means all of this extension's jobs
   */
  cancel(filter: JobFilter): Promise<number>

  /** Runs ended jobs again, each as a new job in the place of the old one. */
  rerun(filter: JobFilter): Promise<Job<unknown>[]>

  /** Changes of this extension's jobs: the latest facts of each, at most 10 events a second, the last one always. */
  readonly onDidChangeJobs: Event<readonly JobInfo[]>
}

/**
 * What stdin is fed with. A relative file is relative to the job's `cwd`. `{ value }` is for jobs with a `protocol`: JSON
 * data, with `'frames'` also typed arrays anywhere in it (`NdArray`). Bytes and values are read after `submit` has returned:
 * leave them alone until `accepted`, or give a function.
 */
export type JobInput =
  | string
  | ArrayBuffer
  | ArrayBufferView
  | { file: string }
  | { json: unknown }
  | { value: unknown }

export type TypedArray =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | Float32Array
  | Float64Array

/**
 * A typed array that knows its shape, last axis fastest. Every array that comes back from a worker is one. An array that
 * is sent may have a shape, `Object.assign(new Float32Array(6), { shape: [2, 3] })`; without one it has one axis.
 */
export type NdArray<A extends TypedArray = TypedArray> = A & { readonly shape: readonly number[] }

/**
 * What a job and its process say to each other on stdin and stdout.
 * `'raw'`: bytes until the end of the stream.
 * `'lines'`: messages as lines of JSON, for any language.
 * `'frames'`: messages with binary arrays, for the Python helper `headless_jobs`.
 */
export type JobProtocol = 'raw' | 'lines' | 'frames'

/** How long the processes of a pool are kept for more jobs, and how many of them. */
export interface KeepAlive {
  /** At most this many processes in the pool. Default: as many as the machine has slots. */
  max?: number
  /** A process without a job for this long is ended. Default 60. */
  idleSeconds?: number
  /** A process that has served this many jobs is replaced. Default: no limit. */
  maxJobs?: number
  /** A process that takes more resident memory than this after a job is replaced. Default: no limit. */
  maxMemoryMB?: number
}

/** What becomes of stdout. A function has 60 seconds; when it throws or takes longer, the job fails with kind `parse`. */
export type JobOutput<T> = 'bytes' | 'text' | 'json' | { file: string } | ((stdout: Uint8Array) => T | Promise<T>)

/** A container or sandbox; its runtime must be installed where the job runs. */
export interface Container {
  runtime: 'podman' | 'docker' | 'apptainer' | 'charliecloud' | 'bwrap'
  /** The image as the runtime takes it; a folder for `charliecloud`, none for `bwrap`, which shows the machine read-only. */
  image?: string
  /** Folders that it has too: `/data`, `/home/me/out:/out`, either with `:ro` behind it. The `cwd` of a job is always one. */
  mounts?: readonly string[]
  /** Default `false`: none. */
  network?: boolean
  /** More words for the runtime, before the image, such as `--gpus=all` or `--nv`. */
  options?: readonly string[]
}

/** A job to be run: one command, its stdin, its stdout, its limits. */
export interface JobSpec<T = Uint8Array> {
  /** The words of the command, no shell; at least one. */
  command: readonly string[]
  /** Opt in: `command` has one word, a line for this shell; `true` is `/bin/sh`, on Windows `cmd.exe`. Default: no shell. */
  shell?: boolean | string
  /** Words put before the command, such as `['conda', 'run', '-n', 'fsl']`. */
  wrapper?: readonly string[]
  /**
   * Runs it in a container of its own, at the same `cwd`, with its variables, those of its queue and the ones for threads. stdin, stdout
   * and stderr are as ever. It is stopped and removed however the job ends. Default: none.
   */
  container?: Container
  /** What the job is called in the view. Default: base names of the program and its first file argument, or the start of its code. */
  name?: string
  /** Working directory, relative to the first workspace folder, else to the home folder. Default: that folder itself. */
  cwd?: string
  /** Added to the environment of the window; `null` removes a variable. */
  env?: Readonly<Record<string, string | null>>
  /**
   * What the process reads. None means end of file at once. A function is called when the job's turn is near, once per
   * job, and has 60 seconds; when it throws, the job fails with kind `prepareInput` and no process is started. It goes with
   * its window; a job with `{ handler }`, the id of a handler (`registerInputHandler`) and JSON for it, can be started by
   * any window that has the handler, and waits for one.
   */
  stdin?: JobInput | { handler: string; context?: unknown } | (() => JobInput | Promise<JobInput>)
  /** What becomes of stdout. Default `'bytes'`: a `Uint8Array` whose `byteOffset` is 0. */
  stdout?: JobOutput<T>
  /** Where stderr goes besides the last 64 KiB in the result. */
  stderr?: { file: string }
  /** Live bytes of stdout, in order; not called for `stdout: { file }`. */
  onStdout?: (chunk: Uint8Array) => void
  /** Live bytes of stderr, in order; not called for `stderr: { file }`. */
  onStderr?: (chunk: Uint8Array) => void
  /** Progress that the job announces. */
  onProgress?: (progress: Progress) => void
  /** Completion callback of this window. */
  onResult?: (result: JobResult<T>) => void | Promise<void>
  /**
   * Completion callback that survives a reload: the id of a handler (`registerResultHandler`), and JSON for it. The value is
   * what `stdout` says, which cannot be a function then: that would go with its window.
   */
  resultHandler?: { id: string; context?: unknown }
  /** The queue it waits in: `'local'`, or one of the setting `headlessJobs.queues`. Default `'local'`; an unknown queue throws. */
  queue?: string
  /**
   * Files that the job reads, as paths or patterns (`*`, `**`, `?`) relative to its `cwd`; a folder means all files in it. Where its
   * queue copies files they are sent into the folder in which it runs, at the same relative paths, and words of the command that name
   * one name it there; elsewhere they are where they are, and this changes nothing. What matches nothing fails the job with kind
   * `start`.
   */
  inputs?: readonly string[]
  /**
   * Files that the job writes, as `inputs`: brought into its `cwd` when it has ended, whatever its outcome; an input that it left
   * as it was is not brought. In a queue that is not on this machine a job whose command succeeded and wrote nothing that one of
   * them matches has failed, with kind `service`; before that it is waited for 10 seconds, since network disks are late.
   */
  outputs?: readonly string[]
  /** Higher first; equal ones first in, first out. Default 0. */
  priority?: number
  /** How many of the machine's slots it takes while it runs. Default 1; more than there are means all. */
  cores?: number
  /**
   * Megabytes of memory that it may take, by which Slurm chooses a node in a queue with the mode `jobs`, and above which it ends it.
   * Without effect elsewhere. Default: what the cluster gives a job.
   */
  memoryMB?: number
  /** Seconds of run time per attempt, after which it is ended as `timeout`. Default: no limit. */
  timeoutSeconds?: number
  /** Seconds without a byte on stdout or stderr, per attempt, after which it is ended as `noOutputTimeout`. Default: no limit. */
  noOutputTimeoutSeconds?: number
  /** Exit codes that mean success. Default `[0]`. */
  okExitCodes?: readonly number[]
  /** How often a failed attempt is repeated, with a growing pause. Default 0. */
  retries?: number
  /**
   * Whether it may begin again by itself when its outcome is lost through no fault of its own: its allocation, its runner or the job
   * service ended while it ran. It is then queued again, 5 times at most besides its `retries`. Only for a job that does no harm when
   * it runs twice. Default false: it is `lost`.
   */
  rerunnable?: boolean
  /** Ids of jobs that must succeed before this one starts. */
  dependsOn?: readonly string[]
  /**
   * Default `'raw'`. With any other, `stdin` is `{ value }` (or `{ json }`), `stdout`, `stderr` and `onStdout` are left out,
   * and the value of the result is what the process answers: write `JobSpec<unknown>`, or what you know of its type.
   */
  protocol?: JobProtocol
  /**
   * Keeps the process for more jobs with the same command, wrapper, `cwd`, `env` and `cores`. Needs a `protocol`.
   * Default false: a process per job.
   */
  keepAlive?: boolean | KeepAlive
  /** With a `protocol`: seconds from the start of the process until it reports that it is ready. Default 60. */
  startTimeoutSeconds?: number
}

/** A process that is kept for requests; the fields mean what they mean for a job. */
export interface WorkerSpec {
  command: readonly string[]
  shell?: boolean | string
  wrapper?: readonly string[]
  name?: string
  cwd?: string
  env?: Readonly<Record<string, string | null>>
  cores?: number
  /** The queue in which it runs and whose slots its requests take. Default `'local'`; where that cannot be reached `ready` rejects. */
  queue?: string
  /** Default `'lines'`. */
  protocol?: 'lines' | 'frames'
  startTimeoutSeconds?: number
}

export interface RequestOptions {
  /** Seconds from when it is sent to the worker. Default: no limit. */
  timeoutSeconds?: number
  /** Ends the request; the worker is notified, and its late answer is ignored. */
  signal?: AbortSignal
  onProgress?: (progress: Progress) => void
}

/** Why a request has no value: an `Error` that says so in a sentence. */
export interface WorkerError extends Error {
  readonly name: 'WorkerError'
  readonly kind: JobErrorKind | 'aborted'
  /** The last 64 KiB of the worker's stderr and log, when the worker has ended. */
  readonly stderr?: string
  /** Where the handler raised it, as the worker's language writes it. */
  readonly traceback?: string
}

/** How a worker ended. */
export interface WorkerExit {
  readonly exitCode: number | null
  readonly signal: string | null
  /** One sentence, when it was not ended by `dispose()`. */
  readonly error?: JobError
  /** The last 64 KiB of its stderr and log. */
  readonly stderr: string
}

/** A process that is kept for requests. */
export interface Worker {
  readonly id: string
  /** Resolves when the process is ready; rejects with a sentence and its stderr when it does not get there. */
  readonly ready: Promise<void>
  /**
   * Sends a request. Many may be in flight; each is answered by its id.
   * It always ends: with the answer, or rejected with a `WorkerError`: a value that cannot be sent, an error of the handler,
   * the time limit, an abort, or that the worker has ended. Arrays are read until then: leave them alone.
   */
  request(value: unknown, options?: RequestOptions): Promise<unknown>
  /** What the worker sends without being asked. */
  readonly onMessage: Event<unknown>
  /** What it prints: its log and its stderr. A flood is cut, and says how much was left out. */
  readonly onLog: Event<string>
  /** Once; also delivered to listeners that are added later. */
  readonly onDidExit: Event<WorkerExit>
  /** Ends the process, by force after the grace time; resolves when its tree is gone. */
  dispose(): Promise<void>
}

export type JobState =
  | 'queued'
  | 'starting'
  | 'running'
  | 'finishing'
  | 'stopping'
  | 'succeeded'
  | 'failed'
  | 'cancelled'
  | 'dependencyFailed'
  | 'lost'

/** Why a queued job waits. */
export type WaitReason =
  | 'slot'
  | 'paused'
  | 'batch'
  | 'retry'
  | 'dependencies'
  | 'resources'
  | 'startTime'
  | 'secret'
  | 'handler'
  | 'worker'
  | 'queue'
  | 'connecting'
  | 'unreachable'
  | 'service'

/** Who ended a job: it itself, a user, one of its limits, its batch, or a shutdown of the job service. */
export type EndedBy = 'self' | 'user' | 'limit' | 'batch' | 'shutdown'

export type JobErrorKind =
  | 'prepareInput'
  | 'start'
  | 'exit'
  | 'signal'
  | 'timeout'
  | 'noOutputTimeout'
  | 'outputLimit'
  | 'memory'
  | 'parse'
  | 'handler'
  | 'protocol'
  | 'dependency'
  | 'lost'
  | 'service'

/** What went wrong, as one sentence that a person can act on. */
export interface JobError {
  kind: JobErrorKind
  message: string
}

/** Progress that a job announces. It only rises. */
export interface Progress {
  /** From 0 to 1; absent while unknown. */
  fraction?: number
  message?: string
}

/** What became of a result with a `resultHandler`; `undelivered` after five tries in vain. */
export type JobDelivery = 'waiting' | 'delivered' | 'undelivered'

/** A job that is a job of Slurm, as Slurm says. */
export interface SlurmJob {
  /** Its number, as in `4711` or `4711_3`. */
  readonly id: string
  /** As `PENDING`, `RUNNING`, `PREEMPTED`. Absent once the job has said how it ended. */
  readonly state?: string
  /** Why it does not run, or has not ended well: as `Priority`, `Resources`, `NonZeroExitCode`. */
  readonly reason?: string
  /** When Slurm expects it to begin, in milliseconds since the epoch. */
  readonly expectedStart?: number
  /** What may help, where it does not begin by itself for this reason. */
  readonly remedy?: string
}

/** The facts of a job, plain data. Times are milliseconds since the epoch. */
export interface JobInfo {
  readonly id: string
  readonly name: string
  readonly state: JobState
  /** While `queued`: why. */
  readonly reason?: WaitReason
  readonly batchId?: string
  /** Id of the extension that submitted it. */
  readonly owner: string
  readonly queue: string
  /** Where it runs or ran, when that is not this machine. */
  readonly host?: string
  /** Of one in a queue of Slurm with the mode `jobs`, once Slurm has it. */
  readonly slurm?: SlurmJob
  /** Runtime and image of the container in which it runs or ran, as in `podman fsl:6`. */
  readonly container?: string
  readonly priority: number
  readonly cores: number
  /** The words as they are (or will be) run, the program resolved once it has started. */
  readonly command: readonly string[]
  readonly cwd: string
  readonly submittedAt: number
  readonly startedAt?: number
  readonly endedAt?: number
  /** Which attempt this is or was, from 1; 0 before the first. */
  readonly attempts: number
  readonly pid?: number
  readonly exitCode?: number | null
  readonly signal?: string | null
  readonly endedBy?: EndedBy
  readonly cancelReason?: string
  /** Of one that was cancelled: the name of the window from which that came. */
  readonly cancelledFrom?: string
  /** While `stopping`: when it will be ended by force if it does not end by itself. */
  readonly forceAt?: number
  /** It did not end by itself when it was asked to, and was ended by force. */
  readonly forced?: true
  readonly error?: JobError
  readonly progress?: Progress
  /** Bytes read from stdout and stderr so far. */
  readonly stdoutBytes: number
  readonly stderrBytes: number
  /** The last line of stderr that is not blank. */
  readonly lastErrorLine?: string
  /** Resident memory of the process tree: now (while it runs) and the highest seen. Where the platform reports it. */
  readonly memoryBytes?: number
  readonly peakMemoryBytes?: number
  /** CPU seconds of the process tree, as far as sampled. Where the platform reports it. */
  readonly cpuSeconds?: number
  /** Processes that the job left behind and that had to be ended. */
  readonly leftovers?: number
  /** One sentence: processes of it that could not be ended (they have become another user's, say) and live on. */
  readonly notEnded?: string
  /** What else there is to know of its end, in a sentence: that a process outside of its tree kept its stdout open, say. */
  readonly note?: string
  /** Of an ended job with a `resultHandler`: the id of that, and what became of its result. */
  readonly resultHandler?: string
  readonly delivery?: JobDelivery
  /** Why its handler has not taken the result when it was tried last, in a sentence. */
  readonly deliveryError?: string
  /** The id of the job whose place this one took (rerun). */
  readonly rerunOf?: string
  /** How many attempts came before the one that this is: of the jobs it took over from, and its own that were retried. */
  readonly earlierAttempts?: number
}

/** How a job ended, whatever the outcome. */
export interface JobEnd {
  readonly id: string
  readonly name: string
  /** The last 64 KiB of stderr; what is not UTF-8 is replaced. */
  readonly stderr: string
  /** Whether stderr had more than that. */
  readonly stderrTruncated: boolean
  /** `null` when it did not exit by itself or was never started. */
  readonly exitCode: number | null
  /** The signal that ended it, such as `'SIGKILL'`. */
  readonly signal: string | null
  readonly endedBy: EndedBy
  readonly cancelReason?: string
  /** Milliseconds since the epoch; absent when no process was started, or none for the attempt that was next (`retries`). */
  readonly startedAt?: number
  /** Milliseconds since the epoch. */
  readonly endedAt: number
  /** From start to end, milliseconds; 0 when no process was started. */
  readonly durationMs: number
  /** How many attempts were made. */
  readonly attempts: number
  readonly peakMemoryBytes?: number
  readonly cpuSeconds?: number
  /** Absolute path, when stdout was written to a file of its own or was too large for memory. */
  readonly stdoutFile?: string
  readonly stderrFile?: string
}

/** How a job ended; only `'succeeded'` has a value. */
export type JobResult<T> = JobEnd &
  (
    | { readonly state: 'succeeded'; readonly value: T }
    | { readonly state: 'failed' | 'cancelled' | 'dependencyFailed' | 'lost'; readonly error?: JobError }
  )

export interface Job<T> {
  readonly id: string
  /** The current facts. */
  readonly info: JobInfo
  /** Resolves when the job service has it on disk; rejects with a sentence when it was refused. */
  readonly accepted: Promise<void>
  /** Never rejects and always settles. */
  readonly result: Promise<JobResult<T>>
  readonly onDidChange: Event<JobInfo>
  /** Resolves when the whole process tree is gone, or given up since it cannot be ended (`JobInfo.notEnded`). On an ended job it does nothing. */
  cancel(reason?: string): Promise<void>
}

export interface BatchOptions<T> {
  name?: string
  /** Called for each job as it ends. What it throws is logged and changes nothing else. */
  onResult?: (result: JobResult<T>) => void | Promise<void>
  /** Called once per round when the last job has ended: on failures too, on an empty batch too. */
  onCompleted?: (result: BatchResult<T>) => void | Promise<void>
  /**
   * Completion callback of the whole batch that survives a reload, once per round. A batch whose window has gone before it
   * was closed is complete with the jobs that it has, as `'cut'`.
   */
  resultHandler?: { id: string; context?: unknown }
  /** At most this many of the batch at once. Default: no cap but the machine's. */
  concurrency?: number
  /** After this many failures the running ones finish and the rest are cancelled with `endedBy: 'batch'`. */
  stopAfterFailures?: number
  /**
   * Whether results are kept for `BatchResult.results`. Default true; false leaves `results` empty, counts stay, and
   * `Job.result` of an ended job reads it from the history again.
   */
  collect?: boolean
}

/** Iterates over the results in the order of completion. */
export interface Batch<T> extends AsyncIterable<JobResult<T>> {
  readonly id: string
  /** In the order of submission; a job that was run again stands in the place of the old one. */
  readonly jobs: readonly Job<T>[]
  /** Never rejects. */
  readonly completed: Promise<BatchResult<T>>
  /** Changes the cap of the batch; a positive integer. */
  setConcurrency(n: number): void
  /** Cancels what has not ended; resolves when all process trees are gone. */
  cancel(reason?: string): Promise<void>
}

export interface OpenBatch<T> extends Batch<T> {
  /** @throws TypeError on a malformed spec; Error after `close()` */
  add(spec: JobSpec<T>): Job<T>
  /** No more jobs come; the batch completes when the last one has ended. */
  close(): void
}

export interface BatchResult<T> {
  /** 1, and one more for each time that jobs of it were run again. */
  readonly round: number
  /**
   * Why no more jobs came: `'complete'` when all were added, `'cut'` when the batch was cancelled, its async iterable threw or
   * had a bad spec, or its window closed before: some jobs may be missing.
   */
  readonly sealed: 'complete' | 'cut'
  /** In the order of submission. */
  readonly results: readonly JobResult<T>[]
  readonly counts: Readonly<Record<JobResult<T>['state'], number>>
}

/** Which jobs; all that is given must hold. */
export interface JobFilter {
  all?: true
  ids?: readonly string[]
  batchId?: string
  states?: readonly JobState[]
  /** Page size of `list`, 1 to 1000. Default 100. */
  limit?: number
  /** `next` of the page before. */
  after?: string
}

export type ResultHandler = (result: JobResult<unknown>, context: unknown) => void | Promise<void>

export type BatchResultHandler = (result: BatchResult<unknown>, context: unknown) => void | Promise<void>

/** Makes the stdin of a job of the `context` that it was submitted with. */
export type InputHandler = (context: unknown) => JobInput | Promise<JobInput>

/** Calls the listener until the returned value is disposed. The shape of `vscode.Event`. */
export type Event<T> = (listener: (event: T) => unknown, thisArgs?: unknown, disposables?: Disposable[]) => Disposable

export interface Disposable {
  dispose(): void
}
