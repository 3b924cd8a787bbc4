// A connection to the runner of a queue elsewhere, with what goes over it.
import type { RunnerHello } from '../../run/base/runnerHello'
import type { LeftFiles } from '../files/leftFiles'
import type { RemoteFiles } from '../files/remoteFiles'
import type { Runner } from '../runners/runner'
import type { KeptRunner } from './keptRunner'
import type { RemoteHost } from './remoteHost'

export interface Connection {
  readonly hello: RunnerHello
  readonly runner: Runner
  readonly files: RemoteFiles
  /** What jobs have left there. */
  readonly left: LeftFiles
  /** Of a runner that outlives its connections: what goes on over the next one. */
  readonly kept: KeptRunner | undefined
  /** What it had before has been said: one that outlives its connections says so first. */
  isKnown: boolean
  /** It is the one that an earlier service had. */
  readonly isSame: boolean
  /** As they were sent last. */
  slots?: number
  /** Since when it holds. */
  since: number
}

/** Those of one queue, as its jobs and workers see them. */
export interface Connections {
  readonly host: Pick<RemoteHost, 'config' | 'isStored' | 'whyLost'>
  /** Whether it is the present one. */
  isPresent(connection: Connection): boolean
}
