// Which window the rows of a view are from, where that is another than the one that shows them.
import type { RowOrigin } from '../../core/protocol/facts'
import { truncateText } from '../../core/protocol/truncate'
import type { Batch } from '../jobs/batches'
import type { BatchPlaces } from '../jobs/batchPlaces'
import type { Session } from '../sessions/session'
import type { Sessions } from '../sessions/sessions'
import type { Environments } from '../state/environments'
import type { JobRecord } from '../store/records'

export interface RowOriginsParts {
  readonly sessions: Sessions
  readonly environments: Environments
  readonly places: BatchPlaces
}

export class RowOrigins {
  readonly #parts: RowOriginsParts
  /** As their first jobs say, which costs a query. */
  readonly #workspaces = new WeakMap<Batch, string>()

  constructor(parts: RowOriginsParts) {
    this.#parts = parts
  }

  ofJob({ session, environment }: JobRecord, viewer: Session): RowOrigin | undefined {
    if (session === viewer.id) return undefined
    return this.#origin(session, this.#parts.environments.workspaceOf(environment), viewer)
  }

  ofBatch(batch: Batch, viewer: Session): RowOrigin | undefined {
    const { session } = batch.record
    return session === viewer.id ? undefined : this.#origin(session, this.#workspaceOf(batch), viewer)
  }

  #origin(id: string, workspace: string | undefined, viewer: Session): RowOrigin {
    const session = this.#parts.sessions.get(id)
    const isElsewhere = workspace !== undefined && workspace !== viewer.workspace
    return {
      ...(session?.connected && { window: truncateText(session.window) }),
      ...(isElsewhere && { workspace: truncateText(workspace) }),
    }
  }

  #workspaceOf(batch: Batch): string | undefined {
    const known = this.#workspaces.get(batch)
    if (known !== undefined) return known
    const [job] = this.#parts.places.jobs(batch.record.seq, 0, 1)
    const workspace = job && this.#parts.environments.workspaceOf(job.environment)
    if (workspace !== undefined) this.#workspaces.set(batch, workspace)
    return workspace
  }
}
