// How a runner that was started through a launcher is recognised: what comes before may be printed by anything on the way, such
// as a shell's start files.

/** Begins a line of its own that the launched program writes, with a number that was made for this launch. */
export function launchMark(nonce: string): string {
  return `headless-jobs-${nonce}`
}

/** Behind the mark: how far it is, and with what it ends where it does not come to a runner. */
export const LAUNCH_STEPS = {
  /** A login shell has made its environment. */
  shell: 'shell',
  /** The program that loads the runner takes it now. */
  send: 'send',
  /** There is no Node for it. */
  none: 'none',
  ready: 'ready',
  /** The allocation in which this is has no runner. */
  gone: 'gone',
  failed: 'failed',
} as const

/** What a runner says of where it is. */
export interface RunnerHello {
  /** Of Node. */
  node: string
  platform: string
  arch: string
  host: string
  /** That jobs may use. */
  cores: number
  coresWhy: string
  /** Its own, for what jobs write; removed with it. */
  folder: string
  home: string
  /** Of one that outlives its connections: which one it is. */
  epoch?: string
}

/** Where the runner of an allocation is, by the key of its queue and the number of its job: its variables may differ from ours. */
export function heldFolderOf(key: string, epoch: string): string {
  return `/tmp/headless-jobs-${key}/${epoch}`
}

/** In that folder: leads to the Node that runs it. */
export const HELD_NODE = 'node'
