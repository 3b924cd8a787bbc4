// What a page shows of the one job that is selected, beside what its row has.
import type { JobInfo } from '../../api'
import type { JobPlace } from '../protocol/facts'

/** What of a job is on a disk, and can be opened: its working folder, and files. */
export const jobFiles = ['folder', 'script', 'input', 'stdout', 'stderr'] as const
export type JobFile = (typeof jobFiles)[number]

/** The end of a stream. */
export interface OutputTail {
  /** As the job wrote it, with its escape sequences; what is no text is left out. */
  text: string
  /** Bytes of the whole stream. */
  total: number
  /** There is more before it. */
  isCut: boolean
  /** The stream is no text. */
  isBinary: boolean
}

export interface JobDetails extends Pick<JobPlace, 'turn' | 'usage'> {
  job: JobInfo
  /** Which of its files can be opened; the page names one, and knows no path. */
  files: readonly JobFile[]
  /** The command line that does the same in a shell. */
  commandLine: string
  /** Variables that the job has besides those of its window: `null` where it removes one, `undefined` where the value is secret. */
  env: readonly { name: string; value?: string | null }[]
  /** Where stdin comes from, in words. */
  input?: string
  /** The script that its command runs. */
  script?: string
  /** Files of the user's that its streams go to. */
  stdoutFile?: string
  stderrFile?: string
  /** Limits and options that are not the defaults, as sentences have them. */
  options: readonly string[]
  stdout: OutputTail
  stderr: OutputTail
}

/** At most so many bytes of each stream. */
export const TAIL_BYTES = 8 * 1024
