// Sends windows what happens to jobs: the window that submitted a job, and those that have asked for it since. What has ended
// without one of them is sent to a window of its workspace, or is reported to the next one.
import { isFinal } from '../../core/jobs/job'
import type { JobInfos } from '../jobs/jobInfos'
import type { LedgerListener } from '../jobs/ledger'
import type { Environments } from '../state/environments'
import type { JobRecord, StoredOutputs } from '../store/records'
import type { Store } from '../store/store'
import type { Meanwhile } from './meanwhile'
import type { Session } from './session'
import type { Sessions } from './sessions'

export interface JobListenersParts {
  readonly sessions: Sessions
  readonly infos: JobInfos
  readonly store: Store
  readonly environments: Environments
  readonly meanwhile: Meanwhile
}

export class JobListeners implements LedgerListener {
  readonly #sessions: Sessions
  readonly #infos: JobInfos
  readonly #store: Store
  readonly #environments: Environments
  readonly #meanwhile: Meanwhile
  /** Windows that have asked for a job that another window submitted. */
  readonly #transitions = new Map<number, Set<Session>>()

  constructor({ sessions, infos, store, environments, meanwhile }: JobListenersParts) {
    this.#sessions = sessions
    this.#infos = infos
    this.#store = store
    this.#environments = environments
    this.#meanwhile = meanwhile
  }

  /** A window asks for the job of another one: it is notified, too, or instead of one that has disconnected. */
  follow(job: JobRecord, session: Session): void {
    if (isFinal(job.state) || job.session === session.id) return
    if (this.#sessions.get(job.session)?.connected) {
      const transitions = this.#transitions.get(job.seq) ?? new Set()
      this.#transitions.set(job.seq, transitions.add(session))
    } else {
      job.session = session.id
      this.#store.setSession(job.seq, session.id)
    }
  }

  jobChanged(job: JobRecord): void {
    for (const session of this.#of(job)) session.changed(job.id, () => this.#infos.info(job))
  }

  jobEnded(job: JobRecord, outputs: StoredOutputs | undefined): void {
    const isOwn = job.replaces === null // one that was run again may be new to its window
    const workspace = this.#environments.workspaceOf(job.environment)
    let isNotified = workspace === undefined
    for (const session of this.#of(job)) {
      isNotified ||= session.connected && session.workspace === workspace
      if (isOwn && session.id === job.session) session.ownEnded(this.#infos.ownEnded(job, outputs))
      else session.ended(this.#infos.ended(job, outputs))
    }
    this.#transitions.delete(job.seq)
    if (!isNotified && workspace !== undefined) this.#notifyWorkspace(workspace, job, outputs)
  }

  /** Its own window has gone: one of the same workspace notifies its user, now or when there is one again. */
  #notifyWorkspace(workspace: string, job: JobRecord, outputs: StoredOutputs | undefined): void {
    const other = this.#sessions.connected.find(session => session.workspace === workspace)
    if (other) other.ended(this.#infos.ended(job, outputs))
    else this.#meanwhile.add(workspace, job)
  }

  #of(job: JobRecord): Iterable<Session> {
    const own = this.#sessions.get(job.session)
    const others = this.#transitions.get(job.seq)
    if (others) return new Set(own ? [own, ...others] : others)
    return own ? [own] : []
  }
}
