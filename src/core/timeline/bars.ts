// What a timeline is made of, as the job service sends it, and as a page and a report draw it.

/** No such moment: the job has not started, or not ended. */
export const NEVER = -1

/** One row a job, and one for each of its attempts that was retried, as columns: those are far shorter than objects. */
export interface BarColumns {
  /** Milliseconds since the epoch, which `submitted` counts from. */
  base: number
  /** The number of the job in the order of submission. */
  seq: number[]
  /** 0 for the job as it is, else the number of its attempt that was retried. */
  retry: number[]
  /** Index in `jobStates`. */
  state: number[]
  /** Slots. */
  cores: number[]
  /** Milliseconds after `base`. */
  submitted: number[]
  /** Milliseconds after its submission; `NEVER` without a process. */
  started: number[]
  /** Milliseconds after its submission; `NEVER` before its end. */
  ended: number[]
}

/** What the machine was busy with, also beside jobs; taken while jobs run. */
export interface UsageColumns {
  /** Milliseconds since the epoch. */
  at: number[]
  /** What part of all cores was in use since the sample before, 0 to 1. */
  cpu: number[]
  /** What part of the memory was in use, 0 to 1. */
  memory: number[]
}

export interface TimelineQuery {
  /** Chosen by the window: what it has been sent already is counted for each. */
  view: string
  /** Only the jobs of this batch. */
  batchId?: string
  /** From the beginning again. */
  anew?: true
}

/** What is new since the last answer to the same view. */
export interface TimelinePart {
  /** It begins anew: what was known before is not true any more. */
  anew?: true
  /** New ones, and those that have changed. */
  bars: BarColumns
  /** The numbers of jobs that have left the history. */
  removed: number[]
  usage: UsageColumns
  /** There is more at once. */
  more?: true
  /** The service's clock, milliseconds since the epoch. */
  now: number
}

export function noBars(base: number): BarColumns {
  return { base, seq: [], retry: [], state: [], cores: [], submitted: [], started: [], ended: [] }
}

export function noUsage(): UsageColumns {
  return { at: [], cpu: [], memory: [] }
}

/** A bar as one object. */
export interface Bar {
  seq: number
  retry: number
  state: number
  cores: number
  /** Milliseconds since the epoch; `NEVER` as in the columns. */
  submitted: number
  started: number
  ended: number
}

export function addBar(bars: BarColumns, bar: Bar): void {
  const sinceSubmission = (at: number) => (at === NEVER ? NEVER : Math.max(0, at - bar.submitted))
  bars.seq.push(bar.seq)
  bars.retry.push(bar.retry)
  bars.state.push(bar.state)
  bars.cores.push(bar.cores)
  bars.submitted.push(bar.submitted - bars.base)
  bars.started.push(sinceSubmission(bar.started))
  bars.ended.push(sinceSubmission(bar.ended))
}
