// The accounts of a run: what the hosts have written down and how often each job was run, by the token of the job or batch.
import type { JobState } from '../../src/api'
import { type Entry, GrowingLines, journalFile } from './journal'
import { runsFile } from './specs'

export interface Account {
  /** The id of a job that was accepted, or of a batch of which a job was. */
  id?: string
  isBatch?: true
  /** As the handle of its host says. */
  settled?: JobState
  /** As its handler was given it. */
  given?: JobState | 'batch'
  /** Hosts whose handler has returned. */
  returnedIn: Set<number>
  /** The service has confirmed that, on the connection on which it had sent the result: from then on it must not come again. */
  isConfirmed: boolean
  runs: number
}

export class Accounts {
  readonly #journal: GrowingLines
  readonly #runs: GrowingLines
  readonly #accounts = new Map<string, Account>()
  /** By host and token: the connection on which the result came last. */
  readonly #received = new Map<string, number>()
  /** Results that a handler was given again: it had returned, and the service had not confirmed that. */
  repeated = 0
  /** What must not be, as sentences. */
  readonly faults: string[] = []

  constructor(folder: string) {
    this.#journal = new GrowingLines(journalFile(folder))
    this.#runs = new GrowingLines(runsFile(folder))
  }

  of(token: string): Account {
    const known = this.#accounts.get(token)
    if (known) return known
    const account: Account = { returnedIn: new Set(), isConfirmed: false, runs: 0 }
    this.#accounts.set(token, account)
    return account
  }

  /** Those whose token begins so. */
  *beginningWith(prefix: string): Generator<[string, Account]> {
    for (const entry of this.#accounts) if (entry[0].startsWith(prefix)) yield entry
  }

  get all(): ReadonlyMap<string, Account> {
    return this.#accounts
  }

  /** Reads what was written since the last time. */
  update(): void {
    for (const line of this.#journal.next()) this.#add(JSON.parse(line))
    for (const token of this.#runs.next()) this.of(token).runs++
  }

  #add(entry: Entry): void {
    const { token, host } = entry
    const account = this.of(token)
    if (entry.what === 'accepted') account.id = entry.id
    else if (entry.what === 'batch') Object.assign(account, { id: entry.id, isBatch: true })
    else if (entry.what === 'settled') account.settled = entry.state
    else if (entry.what === 'returned') account.returnedIn.add(host)
    else if (entry.what === 'given') this.#given(account, entry)
    else if (entry.what === 'received') {
      if (account.isConfirmed) this.faults.push(`${token} was delivered again, after the service had confirmed it.`)
      this.#received.set(`${host} ${token}`, entry.connection)
    } else if (entry.connection > 0 && this.#received.get(`${host} ${token}`) === entry.connection) {
      // on another connection it may have been on its way to another host already
      account.isConfirmed = true
    }
  }

  #given(account: Account, { token, host, state, isRight }: Extract<Entry, { what: 'given' }>): void {
    if (!isRight) this.faults.push(`${token} was delivered with a value that is not its own.`)
    if (account.given !== undefined && account.given !== state)
      this.faults.push(`${token} was delivered as ${account.given}, and then as ${state}.`)
    if (account.returnedIn.has(host)) this.faults.push(`${token} was given twice to the handler of one host.`)
    if (account.returnedIn.size > 0) this.repeated++
    account.given = state
  }
}
