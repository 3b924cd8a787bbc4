// What a run is given, what it tells while it runs and what it hands back.
import type { EndedBy, JobError, Progress } from '../../api'
import type { ExitFacts } from '../../core/jobs/job'
import type { MessageProtocol } from '../../core/values/workerMessages'

/** Everything that one process tree needs, plain data; nothing is looked up elsewhere. */
export interface RunSpec {
  id: string
  name: string
  /** The words as submitted; with `shell` one word, the line. */
  command: readonly string[]
  /** `true` is the system's shell; a string names one, with options if need be: `bash -o pipefail`. */
  shell?: boolean | string
  wrapper?: readonly string[]
  cwd: string
  /** The window's environment with the job's differences merged in already. */
  env: Readonly<Record<string, string>>
  cores: number
  /** None means end of file at once. A relative file is relative to `cwd`. With a protocol: the value. */
  stdin?: { bytes: Uint8Array } | { file: string }
  protocol?: ProtocolSpec
  /** Has its name, and what it had before, only after success; relative to `cwd`. Links, modes and owners stay. */
  stdoutFile?: string
  stderrFile?: string
  /** A stream above `MAX_INLINE_BYTES` goes whole to `${spoolFile}.out` or `${spoolFile}.err`. */
  spoolFile: string
  okExitCodes?: readonly number[]
  timeoutMs?: number
  noOutputTimeoutMs?: number
  /** Per stream. */
  maxOutputBytes: number
  /** Between asking a process tree to end and forcing it, and for what a job leaves behind. */
  graceMs: number
  niceness: number
}

/** How a process with a protocol is spoken with. */
export interface ProtocolSpec {
  name: MessageProtocol
  /** From the start of the process to its hello. */
  startTimeoutMs: number
  /** Where files of large arrays are, the preferred folder first. */
  arrayFolders: readonly string[]
  /** Where Python finds the helper `headless_jobs`. */
  pythonFolder: string
}

/** A snapshot, made when it is asked for. */
export interface RunProgress {
  progress?: Progress
  stdoutBytes: number
  stderrBytes: number
  lastErrorLine?: string
  memoryBytes?: number
  peakMemoryBytes?: number
  cpuSeconds?: number
  /** As in `Run`. */
  processStartTime?: string
}

/** One attempt at a job, whoever makes it: a process of its own, or a worker. */
export interface Attempt {
  readonly pid: number | undefined
  /**
   * Together with the pid it names the main process; a pid alone may be somebody else's by now. Known with the first
   * sample of memory, which `onChange` tells: most jobs are gone before, and asking the system is not cheap.
   */
  readonly processStartTime: string | undefined
  /** As really run: the program resolved. */
  readonly command: readonly string[]
  /** Milliseconds since the epoch; `undefined` until there is a process. */
  readonly startedAt: number | undefined
  readonly progress: RunProgress
  /** Asks the whole tree to end and forces it after the grace time; the first call decides, later ones change nothing. */
  stop(endedBy: EndedBy, error?: JobError): void
  /** Bytes of a stream as they are by now; fewer than asked for when there are no more yet. */
  readOutput(stream: 'stdout' | 'stderr', offset: number, length: number): Promise<Uint8Array>
}

export interface Run extends Attempt {
  /** Never rejects; resolves when the whole tree is gone and the output is complete on disk. */
  readonly ended: Promise<RunEnd>
}

/** A run in this very process. */
export interface LocalRun extends Run {
  /** Memory and CPU time of its tree, as of the last sample. */
  readonly usage: Pick<RunProgress, 'memoryBytes' | 'peakMemoryBytes' | 'cpuSeconds'> | undefined
  /** Its stdin has been closed, which asks it to end: after the grace time the tree is asked, then forced. */
  finish(): void
}

export interface RunEnd extends ExitFacts {
  startedAt?: number
  endedAt: number
  /** Processes that outlived the main process when that had ended by itself, and had to be ended. */
  leftovers: number
  /** As in `JobInfo`. */
  note?: string
  /** `file` is the final file, or the spool file when the stream was too large for memory. */
  stdout: { bytes: Uint8Array } | { file: string; bytes: number }
  /** The last 64 KiB. */
  stderr: Uint8Array
  stderrTruncated: boolean
  stderrFile?: string
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
  /** There is a process now. Never called from inside `startRun`. */
  onStarted(run: Run): void
  /** `progress` has changed; may be called for every chunk. */
  onChange(run: Run): void
  /** The main process has ended; what is left of its tree, and its output, may take longer. */
  onExit?(): void
}
