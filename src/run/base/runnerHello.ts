// How a runner that was started through a launcher is recognised: what comes before may be printed by anything on the way, such
// as a shell's start files.

/** Begins a line of its own that the launched program writes, with a number that was made for this launch. */
export function launchMark(nonce: string): string {
  return `headless-jobs-${nonce}`
}

/** Behind the mark: a login shell has made its environment, the program that loads the runner takes it now, the runner is ready, or there is no Node for it. */
export const LAUNCH_STEPS = { send: 'send', ready: 'ready', none: 'none', shell: 'shell' } as const

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
