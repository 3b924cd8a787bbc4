// What a system tells of a process, and of all processes of a job.

export interface ProcessInfo {
  pid: number
  /** In the platform's own form; with the pid it names a process for ever. */
  startTime: string
  group: number
  /** Linux. */
  session?: number
  /** Ended and only not waited for yet. */
  dead: boolean
  /** Linux: the job that its environment names. */
  jobId?: string
}

export interface TreeUsage {
  memoryBytes: number
  peakMemoryBytes: number
  cpuSeconds: number
}
