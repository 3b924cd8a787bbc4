// A file on a disk that takes nothing: a FIFO, until somebody reads.
import { execFile, execFileSync } from 'node:child_process'
import { promisify } from 'node:util'

export interface LaggingFile {
  /** From now on it takes what comes; resolves with the number of bytes when its writer has closed it. */
  drain(): Promise<number>
}

export function makeLaggingFile(path: string): LaggingFile {
  execFileSync('mkfifo', [path])
  return {
    drain: async () => Number((await promisify(execFile)('sh', ['-c', 'wc -c < "$0"', path])).stdout),
  }
}
