// The types of a run: what it is given, its events and its result.
import type { Container, EndedBy, JobError, Progress, SlurmJob } from '../../api'
import type { ExitFacts } from '../../core/jobs/job'
import type { OutputStream } from '../../core/protocol/facts'
import type { MessageProtocol } from '../../core/values/workerMessages'

/** A container of one job, which is in the folder of the job and has its variables. */
export interface JobContainer extends Container {
  /** Names of variables of the job and its queue. */
  env: readonly string[]
}

/** `owned`: a file of the job service, which others do not see. `arrays`: it refers to files of arrays. */
export type RunInput = ({ bytes: Uint8Array } | { file: string; owned?: true }) & { arrays?: true }

/** Small output is in memory. */
export type RunOutput = { bytes: Uint8Array } | { file: string; bytes: number }

/** Everything that one process tree needs, plain data; nothing is looked up elsewhere. */
export interface RunSpec {
  id: string
  name: string
  /** The words as submitted; with `shell` one word, the line. */
  command: readonly string[]
  /** `true` is the system's shell; a string names one, with options if need be: `bash -o pipefail`. */
  shell?: boolean | string
  wrapper?: readonly string[]
  /** Of its own, before the wrapper. */
  container?: JobContainer
  cwd: string
  /** The window's environment with the job's differences merged in already. */
  env: Readonly<Record<string, string>>
  /** Elsewhere instead: differences from the environment that the runner has there; `null` removes a variable. */
  envChanges?: Readonly<Record<string, string | null>>
  cores: number
  /** For a scheduler that reserves it; not enforced by a runner. */
  memoryMB?: number
  /** None means end of file at once. A relative file is relative to `cwd`. With a protocol: the value. */
  stdin?: RunInput
  protocol?: ProtocolSpec
  /** Patterns relative to `cwd`, for a queue that copies files. */
  inputs?: readonly string[]
  outputs?: readonly string[]
  /** Replaced only after success; relative to `cwd`. Links, modes and owners stay. */
  stdoutFile?: string
  stderrFile?: string
  /** Path of the files for streams above `MAX_INLINE_BYTES`, without their endings `.out` and `.err`. */
  spoolFile: string
  /** Those files have all that comes, at once, for who reads them while it runs. */
  spoolsAll?: true
  okExitCodes?: readonly number[]
  timeoutMs?: number
  noOutputTimeoutMs?: number
  /** Per stream. */
  maxOutputBytes: number
  /** Between SIGTERM and SIGKILL, and for what a job leaves running to end by itself. */
  graceMs: number
  niceness: number
}

/** How messages are exchanged with a process. */
export interface ProtocolSpec {
  name: MessageProtocol
  /** From the start of the process to its hello. */
  startTimeoutMs: number
  /** Where files of large arrays are, the preferred folder first. */
  arrayFolders: readonly string[]
  /** Where Python finds the helper `headless_jobs`. */
  pythonFolder: string
}

/** What a process tree takes of the machine, as of a sample. */
export interface TreeUsage {
  memoryBytes: number
  peakMemoryBytes: number
  cpuSeconds: number
}

/** A snapshot. */
export interface RunProgress extends Partial<TreeUsage> {
  progress?: Progress
  stdoutBytes: number
  stderrBytes: number
  lastErrorLine?: string
  /** As in `Run`. */
  processStartTime?: string
  /** Of a job that is a job of Slurm. */
  slurm?: SlurmJob
}

/** One attempt at a job, in a process of its own or in a worker. */
export interface Attempt {
  readonly pid: number | undefined
  /**
   * Together with the pid it identifies the main process; a pid alone may have been reused. Known with the first
   * sample of memory, which `onChange` reports: most jobs have ended before, and reading it from the system is not cheap.
   */
  readonly processStartTime: string | undefined
  /** With the program resolved. */
  readonly command: readonly string[]
  /** Where it runs, when that is not this machine. */
  readonly host?: string | undefined
  /** Milliseconds since the epoch; `undefined` until there is a process. */
  readonly startedAt: number | undefined
  readonly progress: RunProgress
  /** Sends SIGTERM to the whole tree, and SIGKILL after the grace time; only the first call counts. */
  stop(endedBy: EndedBy, error?: JobError): void
  /** Bytes of a stream as it is now; fewer than `length` when there are no more yet. */
  readOutput(stream: OutputStream, offset: number, length: number): Promise<Uint8Array>
}

export interface Run extends Attempt {
  /** Never rejects; resolves when the whole tree is gone, or given up, and the output is complete on disk. */
  readonly ended: Promise<RunEnd>
}

/** A run of this process, not one that a runner reports. */
export interface LocalRun extends Run {
  /** Memory and CPU time of its tree, as of the last sample. */
  readonly usage: TreeUsage | undefined
  /** Its stdin has been closed, which asks it to end: SIGTERM follows after the grace time, then SIGKILL. */
  finish(): void
}

export interface RunEnd extends ExitFacts {
  startedAt?: number
  endedAt: number
  /** It was given to nobody, and may be tried as if it had not been. */
  neverBegun?: true
  /** Processes that outlived a main process that had ended by itself, and had to be ended. */
  leftovers: number
  /** As in `JobInfo`. */
  forced?: true
  note?: string
  /** `file` is the final file, or the spool file when the stream was too large for memory. */
  stdout: RunOutput
  /** The last 64 KiB. */
  stderr: Uint8Array
  stderrTruncated: boolean
  stderrFile?: string
  /** How both streams came, as `OutputQuery` describes it; absent when one of them has nothing. */
  order?: string
  /** With a protocol: names of files to which the answer in `stdout` refers. */
  arrays?: readonly string[]
  /** All that came, also what was beyond the output limit. */
  stdoutBytes: number
  stderrBytes: number
  lastErrorLine?: string
  progress?: Progress
  peakMemoryBytes?: number
  cpuSeconds?: number
}

export interface RunEvents {
  /** There is a process now. Never called before `startRun` has returned. */
  onStarted(run: Run): void
  /** `progress` has changed; may be called for every chunk. */
  onChange(run: Run): void
  /** The main process has ended; the end of its tree and of its output may take longer. */
  onExit?(): void
}
