// A program that stands for an extension host: the real client, which is sent on stdin, line by line, what to do. It writes into the journal
// what it knows of its jobs and what its handlers were given. `node host.mjs FOLDER NUMBER`, in dist/dev.
import { createInterface } from 'node:readline'
import type { BatchResult, Disposable, Job, JobResult, ResultHandler } from '../../src/api'
import { PublicApi } from '../../src/client/api/publicApi'
import { ServiceClient } from '../../src/client/connection/serviceClient'
import type { Delivery, DeliveryAnswer } from '../../src/core/protocol/protocol'
import { Journal } from './journal'
import { type Handler, type HandlerMode, type HostCommand, handlers, NEVER, OWNER, type PlannedJob } from './plan'
import { isValueOf, MARKER, specOf } from './specs'

const SLOW_MS = 60

type AnyResult = JobResult<unknown> | BatchResult<unknown>

/** Asks which of its jobs have not settled; the first time in a round all handlers are registered so that they return. */
export type SettleCommand = { do: 'settle'; isFirst: boolean }
export interface SettleAnswer {
  /** Their tokens. */
  open: string[]
  /** Of the connection to the service. */
  state: string
}

const [folder = '', number = '0', bundle = ''] = process.argv.slice(2)
const journal = new Journal(folder, Number(number))
const client = new ServiceClient({
  stateFolder: folder,
  bundle,
  version: '1.0.0', // as other windows of tests: a newer one would have the service make way
  workspace: '/ws',
  window: `host ${number}`,
  log: () => undefined,
})
let connection = 0
/** Tokens of what was delivered, by the key of the answer. */
const tokens = new Map<string, string>()
const registered = new Map<Handler, Disposable>()
/** Jobs of this host that have not settled. */
const open = new Set<string>()

client.onDidConnect(() => void connection++)
client.onEvents(events => {
  for (const event of events) if (event.type === 'deliver') noteReceived(event.results)
})
noteConfirmations()
client.setEnvironment({ PATH: process.env.PATH ?? '', HOME: folder, [MARKER]: folder }, [])
const api = new PublicApi(client, {
  defaultCwd: () => folder,
  isTrusted: () => true,
  log: () => undefined,
}).forOwner(OWNER)

function noteReceived(results: readonly Delivery[]): void {
  for (const result of results) {
    const isJob = 'job' in result
    const answer = isJob ? { id: result.job.ended.info.id } : { id: result.batch.id, round: result.round }
    const token = isJob ? result.job.ended.info.name : result.batch.name
    tokens.set(keyOf(answer), token)
    journal.note({ what: 'received', token, connection })
  }
}

/** What the service has answered to `delivered`, which the client sends. */
function noteConfirmations(): void {
  const { service } = client
  const send = service.delivered
  service.delivered = async p => {
    const before = connection
    await send(p)
    const on = before === connection ? connection : 0 // connected anew meanwhile: on which one is not known
    const taken = p.answers.filter(({ error, returned }) => error === undefined && !returned)
    for (const answer of taken) {
      journal.note({ what: 'confirmed', token: tokens.get(keyOf(answer)) ?? '', connection: on })
    }
  }
}

function keyOf({ id, round }: DeliveryAnswer): string {
  return `${id} ${round ?? ''}`
}

function follow(job: Job<unknown>, token: string): void {
  open.add(token)
  job.accepted.then(
    () => journal.note({ what: 'accepted', token, id: job.id }),
    () => undefined,
  )
  void job.result.then(({ state }) => {
    open.delete(token)
    journal.note({ what: 'settled', token, state })
  })
}

function submit(jobs: readonly PlannedJob[]): void {
  for (const planned of jobs) follow(api.submit(specOf(planned)), planned.token)
}

function submitBatch({ token, jobs, cap, handler }: Extract<HostCommand, { do: 'batch' }>): void {
  const batch = api.submitBatch(jobs.map(specOf), {
    name: token,
    concurrency: cap,
    ...(handler && { resultHandler: { id: handler, context: token } }),
  })
  for (const [i, job] of batch.jobs.entries()) follow(job, jobs[i]?.token ?? '')
  batch.jobs[0]?.accepted.then(
    () => journal.note({ what: 'batch', token, id: batch.id }),
    () => undefined,
  )
}

function register(handler: Handler, mode: HandlerMode): void {
  registered.get(handler)?.dispose()
  const thrown = new Set<string>()
  const take = async (result: AnyResult, context: unknown) => {
    const token = String(context)
    const state = 'results' in result ? 'batch' : result.state
    journal.note({ what: 'given', token, handler, state, isRight: isRight(result, token) })
    if (mode === 'slow') await new Promise(resolve => setTimeout(resolve, SLOW_MS))
    if (handler === NEVER || mode === 'throws') throw new Error('It throws.')
    if (mode === 'throwsOnce' && !thrown.has(token)) {
      thrown.add(token)
      throw new Error('It throws once.')
    }
    journal.note({ what: 'returned', token })
  }
  registered.set(handler, api.registerResultHandler(handler, take as ResultHandler))
}

function isRight(result: AnyResult, token: string): boolean {
  if ('results' in result) return result.results.every(job => isRight(job, job.name))
  return result.state !== 'succeeded' || isValueOf(token, result.value)
}

function obey(command: HostCommand | SettleCommand): void {
  if (command.do === 'submit') submit(command.jobs)
  else if (command.do === 'batch') submitBatch(command)
  else if (command.do === 'register') register(command.handler, command.mode)
  else if (command.do === 'unregister') {
    registered.get(command.handler)?.dispose()
    registered.delete(command.handler)
  } else {
    if (command.isFirst) for (const handler of handlers) register(handler, 'returns')
    console.log(JSON.stringify({ open: [...open], state: client.state } satisfies SettleAnswer))
  }
}

createInterface({ input: process.stdin })
  .on('line', line => obey(JSON.parse(line)))
  .on('close', () => {
    client.dispose()
    process.exit(0)
  })
