// The real-time signals of Linux, for which Node has no names: it reports a process that one of them ended with the exit
// code 0. Between the moment in which a dying process closes its outputs and that in which Node waits for it, the kernel
// shows how it ended.
import { realTimeSignal } from '../../core/jobs/job'
import { platform } from './platform'

/** Below are those with names. */
const FIRST_UNNAMED = 32
const LAST = 64
/** The bits of a wait status that are the number of the signal; 0 for none (wait(2)). */
const SIGNAL_BITS = 0x7f

/** The signal that ended one process; to be checked whenever one of its outputs has ended. */
export class RealTimeSignal {
  /** As `kill -l` calls it. */
  name: string | undefined
  #isKnown = false

  constructor(private readonly pid: number) {}

  check(): void {
    if (this.#isKnown) return
    const status = platform.exitStatus(this.pid)
    if (status === undefined) return // it has closed an output and still runs
    this.#isKnown = true
    const number = status & SIGNAL_BITS
    if (number >= FIRST_UNNAMED && number <= LAST) this.name = realTimeSignal(number)
  }
}
