// The environments of windows: stored once per hash, secrets kept in memory alone, merged for a job when it starts.
import { createHash } from 'node:crypto'
import { emptyRecord } from '../../core/base/records'
import { yieldTurn } from '../../core/protocol/lists'
import type { Environment } from '../../core/protocol/protocol'
import { mergeEnvironment, scrubEnvironment } from '../../run/process/environment'
import { isSecret } from '../base/secrets'
import type { JobRecord } from '../store/records'
import type { Store } from '../store/store'
import { parseNames, parseTexts } from '../store/storedJson'

type Differences = Readonly<Record<string, string | null>>

interface KnownEnvironment {
  workspace: string
  vars: Record<string, string>
  /** Names whose values must come from a window. */
  secretNames: string[]
  extraNames: readonly string[]
  secrets: Record<string, string> | undefined
  /** Both together, made once: every job of a window begins with the same. */
  merged: Record<string, string> | undefined
  /** The same with the differences of a queue. */
  readonly ofQueues: WeakMap<Differences, Readonly<Record<string, string>>>
  /** Differs between environments with different variables. */
  key?: string
}

/** Variables that differ between windows and do not matter to a job. */
const ofTheWindow =
  /^(_|PWD|OLDPWD|SHLVL|WINDOWID|TERM_SESSION_ID|DESKTOP_STARTUP_ID|XDG_ACTIVATION_TOKEN|GIO_LAUNCHED_.*)$/

/** Characters of a hash that names an environment. */
const HASH_LENGTH = 32

function keyOfVariables(vars: Readonly<Record<string, string>>): string {
  const known = Object.entries(vars).filter(([name]) => !ofTheWindow.test(name))
  const sorted = known.sort(([a], [b]) => (a < b ? -1 : 1))
  return hashOf(sorted)
}

function hashOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex')
}

export class Environments {
  readonly #store: Store
  readonly #known = new Map<string, KnownEnvironment>()
  /** Secret values of single jobs, by their id. */
  readonly #ofJobs = new Map<string, Record<string, string>>()

  /** Under which hash that of a window is stored: windows that differ in nothing that matters to a job share one. */
  readonly #storedAs = new Map<string, string>()
  /** By session, the hashes of the environments that its windows have sent. */
  readonly #inUse = new Map<string, Set<string>>()

  constructor(store: Store) {
    this.#store = store
  }

  /** Adds a window's environment. Its secrets also serve jobs of the same workspace that lost theirs. */
  use(environment: Environment, workspace: string, session: string): void {
    const vars = emptyRecord<string>()
    const secrets = emptyRecord<string>()
    for (const [name, value] of Object.entries(scrubEnvironment(environment.vars))) {
      if (isSecret(name, value, environment.secretNames)) secrets[name] = value
      else vars[name] = value
    }
    const secretNames = Object.keys(secrets)
    const names = [...environment.secretNames].sort()
    const hash = hashOf([workspace, keyOfVariables(vars), keyOfVariables(secrets), names]).slice(0, HASH_LENGTH)
    this.#storedAs.set(environment.hash, hash)
    this.#inUse.set(session, (this.#inUse.get(session) ?? new Set()).add(hash))
    this.#store.environments.put(hash, workspace, JSON.stringify(vars), JSON.stringify(secretNames))
    this.#known.set(hash, {
      workspace,
      vars,
      secretNames,
      extraNames: environment.secretNames,
      secrets,
      merged: undefined,
      ofQueues: new WeakMap(),
    })
    for (const known of this.#known.values()) {
      if (known.secrets || known.workspace !== workspace) continue
      known.secrets = pickAll({ ...vars, ...secrets }, known.secretNames)
    }
  }

  /** The hash under which jobs refer to the environment that a window has named by `hash`. */
  storedAs(hash: string): string {
    return this.#storedAs.get(hash) ?? hash
  }

  /** Its windows will not come back. */
  sessionGone(session: string): void {
    this.#inUse.delete(session)
  }

  /**
   * Forgets what no job and no window refers to; each start of a window may have brought one.
   * @returns how many have left the store
   */
  async trim(): Promise<number> {
    const used = new Set<string>()
    for (let rows = this.#store.environments.usedAfter(0); rows.length > 0; ) {
      for (const { environment } of rows) used.add(environment)
      await yieldTurn()
      rows = this.#store.environments.usedAfter(rows.at(-1)?.seq ?? 0)
    }
    for (const hashes of this.#inUse.values()) for (const hash of hashes) used.add(hash)
    // the last secrets of a workspace may serve jobs of it that lack theirs
    const last = new Map([...this.#known].map(([hash, { workspace }]) => [workspace, hash]))
    for (const [hash, { workspace }] of this.#known) {
      if (!used.has(hash) && last.get(workspace) !== hash) this.#known.delete(hash)
    }
    for (const [hash, stored] of this.#storedAs) if (!used.has(stored)) this.#storedAs.delete(hash)
    return this.#store.environments.deleteExcept([...used])
  }

  #get(named: string): KnownEnvironment | undefined {
    const hash = this.storedAs(named)
    let known = this.#known.get(hash)
    if (known) return known
    const row = this.#store.environments.get(hash)
    const vars = row && parseTexts(row.vars)
    const secretNames = row && parseNames(row.secrets)
    if (!row || !vars || !secretNames) return undefined
    known = {
      workspace: row.workspace,
      vars,
      secretNames,
      extraNames: [],
      secrets: secretNames.length === 0 ? {} : this.#secretsFor(row.workspace, secretNames),
      merged: undefined,
      ofQueues: new WeakMap(),
    }
    this.#known.set(hash, known)
    return known
  }

  #secretsFor(workspace: string, names: string[]): Record<string, string> | undefined {
    for (const known of this.#known.values()) {
      if (known.workspace !== workspace || !known.secrets) continue
      const secrets = pickAll({ ...known.vars, ...known.secrets }, names)
      if (secrets) return secrets
    }
    return undefined
  }

  /** Whether jobs may refer to it. */
  has(hash: string): boolean {
    return this.#get(hash) !== undefined
  }

  /** The workspace of the window that sent the environment. */
  workspaceOf(hash: string): string | undefined {
    return this.#get(hash)?.workspace
  }

  /** Names that the window of this environment calls secret, besides those that look so. */
  extraNames(hash: string): readonly string[] {
    return this.#known.get(this.storedAs(hash))?.extraNames ?? []
  }

  jobSecrets(id: string): Record<string, string> | undefined {
    return this.#ofJobs.get(id)
  }

  setJobSecrets(id: string, secrets: Record<string, string>): void {
    this.#ofJobs.set(id, secrets)
  }

  forgetJob(id: string): void {
    this.#ofJobs.delete(id)
  }

  /** @param ofWindow whether it gets the variables of its window */
  lacksSecret({ id, environment, spec }: JobRecord, ofWindow = true): boolean {
    if (spec.secretEnv && !this.#ofJobs.has(id)) return true
    if (!ofWindow) return false
    return this.#get(environment)?.secrets === undefined
  }

  /** The same for jobs that see the same variables, whichever windows they come from. */
  keyOf(job: JobRecord): string {
    const known = this.#get(job.environment)
    const secrets = this.#ofJobs.get(job.id)
    // never in clear: a key outlives the secrets of its job
    const differences = job.spec.env ? hashOf([job.spec.env, secrets]) : ''
    if (!known?.secrets) return job.environment + differences
    known.key ??= keyOfVariables({ ...known.vars, ...pick(known.secrets, known.secretNames) })
    return known.key + differences
  }

  /**
   * The window's environment with the differences of the queue, then those of the job. The same object for all jobs that have
   * none of their own: it is sent once.
   */
  of(
    { id, environment, spec }: Pick<JobRecord, 'id' | 'environment' | 'spec'>,
    ofQueue?: Differences,
  ): Readonly<Record<string, string>> {
    const known = this.#get(environment)
    if (!known) return {}
    const secrets = this.#ofJobs.get(id)
    return mergeEnvironment(mergedFor(known, ofQueue), secrets ? { ...spec.env, ...secrets } : spec.env)
  }

  /** The differences alone, for a job elsewhere: nothing of its window's environment goes there. */
  changesOf({ id, spec }: Pick<JobRecord, 'id' | 'spec'>, ofQueue: Differences = noChanges): Differences {
    const secrets = this.#ofJobs.get(id)
    return spec.env || secrets ? { ...ofQueue, ...spec.env, ...secrets } : ofQueue
  }
}

/** For all jobs that have nothing of their own: it is sent once. */
const noChanges: Differences = {}

function mergedFor(known: KnownEnvironment, ofQueue: Differences | undefined): Readonly<Record<string, string>> {
  known.merged ??= { ...known.vars, ...pick(known.secrets, known.secretNames) }
  if (!ofQueue) return known.merged
  const merged = known.ofQueues.get(ofQueue) ?? mergeEnvironment(known.merged, ofQueue)
  known.ofQueues.set(ofQueue, merged)
  return merged
}

/** `undefined` when one is not there. A name that is secret here need not be secret there: that depends on the value, too. */
function pickAll(values: Record<string, string>, names: readonly string[]): Record<string, string> | undefined {
  return names.every(name => Object.hasOwn(values, name)) ? pick(values, names) : undefined
}

function pick(values: Record<string, string> | undefined, names: readonly string[]): Record<string, string> {
  return values ? Object.fromEntries(names.map(name => [name, values[name] as string])) : {}
}
