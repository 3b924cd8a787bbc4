// The files that a lost job was writing: who would have put them in place, or removed them, has gone.
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
    if (state !== 'lost') return
    const written = join(this.#spool, id)
    if (typeof stdout === 'object') void removePart('stdout', stdout.file, cwd, `${written}.out`)
    if (stderr) void removePart('stderr', stderr.file, cwd, `${written}.err`)
  }
}
