// Deaths by signals that Node has no name for, the real-time ones of Linux: it reports them as the exit code 0. In the
// moment after a process has closed its outputs by dying, and before Node has waited for it, the kernel shows how it
// ended.
import { realTimeSignal } from '../../core/jobs/job'
import { exitStatus } from './linuxProcesses'

const onLinux = process.platform === 'linux'

/** Below are those with names. */
const FIRST_UNNAMED = 32
const LAST = 64
/** Of a wait status: which signal ended it; 0 for none (wait(2)). */
const SIGNAL_BITS = 0x7f

/** The death of one process, to be looked at whenever one of its outputs has ended. */
export class Death {
  /** As `kill -l` calls it, for signals that Node has no names for. */
  signal: string | undefined
  #isKnown = !onLinux

  constructor(private readonly pid: number) {}

  look(): void {
    if (this.#isKnown) return
    const status = statusIfReadable(this.pid)
    if (status === undefined) return // it has closed an output and lives
    this.#isKnown = true
    const number = status & SIGNAL_BITS
    if (number >= FIRST_UNNAMED && number <= LAST) this.signal = realTimeSignal(number)
  }
}

function statusIfReadable(pid: number): number | undefined {
  try {
    return exitStatus(pid)
  } catch {
    return undefined // there are too many open files
  }
}
