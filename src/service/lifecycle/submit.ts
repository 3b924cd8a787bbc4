// New jobs: those of a list, and those that replace ended ones.
import type { JobInfo } from '../../api'
import { emptyRecord } from '../../core/base/records'
import { isId, uuidv7 } from '../../core/base/uuid'
import { isFinal, type StoredSpec } from '../../core/jobs/job'
import type { BatchHeader, SubmitList } from '../../core/protocol/protocol'
import { whyTooLarge } from '../../core/protocol/specLimit'
import { isSecret } from '../base/secrets'
import { countEarlier, hasResult } from '../jobs/attempts'
import type { Batches } from '../jobs/batches'
import type { JobInfos } from '../jobs/jobInfos'
import type { Ledger } from '../jobs/ledger'
import type { JobQueue } from '../scheduling/jobQueue'
import type { Environments } from '../state/environments'
import type { BatchRecord, JobRecord } from '../store/records'
import type { Store } from '../store/store'

export interface SubmitterParts {
  readonly store: Store
  readonly batches: Batches
  readonly ledger: Ledger
  readonly infos: JobInfos
  readonly queue: JobQueue
  readonly environments: Environments
}

export class Submitter {
  readonly #parts: SubmitterParts
  readonly #environments: Environments

  constructor(parts: SubmitterParts) {
    this.#parts = parts
    this.#environments = parts.environments
  }

  /**
   * Adds a list; jobs that exist already are skipped, so a list may be sent again.
   * @returns those that were added
   */
  submit(list: SubmitList, session: string): readonly JobRecord[] {
    if (!this.#environments.has(list.environment)) {
      throw new Error('These jobs refer to an environment that the job service does not know; send it first.')
    }
    const { batches, ledger, store } = this.#parts
    const known = list.batch && batches.byId(list.batch.id)
    const begun = list.batch && !known ? this.#newBatch(list.batch, list.owner, session) : undefined
    const batch = known?.record.seq ?? begun?.seq ?? 0
    const submitted = Date.now()
    const jobs = list.jobs.map(spec => this.#newJob(spec, list, { batch, session, submitted }))
    // first on disk, then known: what cannot be written is refused, and nothing of it remains
    const added = store.writes.atomically(() => {
      if (begun) store.insertBatch(begun)
      return jobs.filter(job => store.insertJob(job))
    })
    const workspace = this.#workspaceOf(list.environment)
    if (begun) ledger.addBatch(begun, workspace)
    for (const job of added) this.#add(job, workspace)
    return added
  }

  #newJob(
    given: StoredSpec,
    { owner, environment }: SubmitList,
    { batch, session, submitted }: Pick<JobRecord, 'batch' | 'session' | 'submitted'>,
  ): JobRecord {
    if (!isId(given.id)) throw new Error(`"${given.id}" is not a job id.`)
    const spec = this.#withoutSecrets(given, environment)
    const seq = this.#parts.ledger.nextSeq()
    return {
      seq,
      id: spec.id,
      batch,
      pos: seq,
      owner,
      session,
      state: 'queued',
      environment: this.#environments.storedAs(environment),
      submitted,
      spec,
      facts: {},
      replacedBy: null,
      replaces: null,
      earlierAttempts: 0,
      earlierResult: null,
      unsaved: 0,
    }
  }

  #add(job: JobRecord, workspace: string): void {
    this.#parts.ledger.add(job, workspace)
    this.#parts.queue.add(job)
  }

  #workspaceOf(environment: string): string {
    return this.#environments.workspaceOf(environment) ?? ''
  }

  #newBatch(batch: BatchHeader, owner: string, session: string): BatchRecord {
    if (!isId(batch.id)) throw new Error(`"${batch.id}" is not a batch id.`)
    return {
      seq: this.#parts.ledger.nextSeq(),
      id: batch.id,
      name: batch.name,
      owner,
      session,
      sealed: 'open',
      concurrency: batch.concurrency ?? null,
      stopAfterFailures: batch.stopAfterFailures ?? null,
      submitted: Date.now(),
      started: null,
      idle: 0,
      ended: null,
      round: 0,
      handler: batch.resultHandler ?? null,
    }
  }

  /** Values that look secret stay in memory; the stored spec only names them. */
  #withoutSecrets(spec: StoredSpec, environment: string): StoredSpec {
    const extra = this.#environments.extraNames(environment)
    const given = Object.entries(spec.env ?? {})
    const names = given.filter(([name, value]) => value !== null && isSecret(name, value, extra)).map(([name]) => name)
    if (names.length === 0) return spec
    const env = { ...spec.env }
    const secrets = emptyRecord<string>()
    for (const name of names) {
      secrets[name] = env[name] as string
      delete env[name]
    }
    this.#environments.setJobSecrets(spec.id, secrets)
    return { ...spec, env, secretEnv: names }
  }

  /** @throws Error when the secret values of the old job are gone */
  #copySecrets(old: JobRecord, id: string): void {
    if (!old.spec.secretEnv) return
    const secrets = this.#environments.jobSecrets(old.id)
    if (!secrets) {
      const names = old.spec.secretEnv.join(', ')
      throw new Error(`The value of ${names} was kept in memory only and is gone; submit "${old.spec.name}" anew.`)
    }
    this.#environments.setJobSecrets(id, secrets)
  }

  /**
   * Runs ended jobs again: each as a new job in the place of the old one, in the environment of the window that asks.
   * Its callbacks are in the window of `sessionOf`.
   */
  rerun(
    jobs: readonly JobRecord[],
    environment: string,
    sessionOf: (job: JobRecord) => string,
    changes: Partial<StoredSpec>,
  ): JobInfo[] {
    if (!this.#environments.has(environment)) {
      throw new Error('The environment of this window has not reached the job service yet; try again.')
    }
    const isChanged = Object.keys(changes).length > 0
    const pairs: { old: JobRecord; job: JobRecord }[] = []
    for (const old of jobs) {
      if (!isFinal(old.state) || old.replacedBy !== null) continue
      const tooLarge = isChanged ? whyTooLarge({ ...old.spec, ...changes }) : undefined
      if (tooLarge !== undefined) throw new Error(tooLarge)
      pairs.push({ old, job: this.#replacementOf(old, environment, sessionOf(old), changes) })
    }
    const { infos, ledger, store } = this.#parts
    store.writes.atomically(() => {
      for (const { old, job } of pairs) {
        store.setReplacedBy(old.seq, job.seq)
        store.insertJob(job)
      }
    })
    const workspace = this.#workspaceOf(environment)
    return pairs.map(({ old, job }) => {
      ledger.replace(old, job)
      this.#add(job, workspace)
      return infos.info(job)
    })
  }

  #replacementOf(old: JobRecord, environment: string, session: string, changes: Partial<StoredSpec>): JobRecord {
    const { ledger, store } = this.#parts
    const id = uuidv7()
    this.#copySecrets(old, id)
    return {
      ...old,
      seq: ledger.nextSeq(),
      id,
      session,
      state: 'queued',
      environment: this.#environments.storedAs(environment),
      submitted: Date.now(),
      spec: this.#withoutSecrets({ ...old.spec, ...changes, id }, environment),
      facts: {},
      replacedBy: null,
      replaces: old.id,
      earlierAttempts: countEarlier(store, old) + 1,
      earlierResult: hasResult(old) ? old.seq : old.earlierResult,
      unsaved: 0,
    }
  }
}
