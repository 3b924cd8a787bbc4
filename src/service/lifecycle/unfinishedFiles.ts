// The files that a job was writing when its runner was killed, which would have put them in place or removed them: the job is lost, or it
// was to end anyway.
import { join } from 'node:path'
import { removePart } from '../../run/output/fileOutput'
import type { LedgerListener } from '../jobs/ledger'
import type { JobRecord } from '../store/records'

export class UnfinishedFiles implements LedgerListener {
  readonly #spool: string

  constructor({ paths }: { readonly paths: { readonly spool: string } }) {
    this.#spool = paths.spool
  }

  jobEnded({ id, spec: { cwd, stderr, stdout }, state }: JobRecord): void {
    if (state === 'succeeded') return
    const written = join(this.#spool, id)
    if (typeof stdout === 'object') void removePart('stdout', stdout.file, cwd, `${written}.out`)
    if (stderr) void removePart('stderr', stderr.file, cwd, `${written}.err`)
  }
}
