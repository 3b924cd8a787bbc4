// A job service of an older version, which does not know each request of this window: what happens instead of one.
import { t } from '@vscode/l10n'
import { ErrorCodes } from 'vscode-jsonrpc/node'
import type { Welcome } from '../../core/handshake/hello'
import type { ServiceApi, ServiceMethod } from '../../core/protocol/protocol'
import { RefusedError } from './serviceConnection'

type Answer<M extends ServiceMethod> = Awaited<ReturnType<ServiceApi[M]>>

/** An answer as of a service that has nothing of the kind, or what it cannot do, as the end of a sentence. */
type Instead<M extends ServiceMethod> = { readonly answer: Answer<M> } | { readonly cannot: string }

const done = { answer: undefined }

/** A request that was asked for, or on whose effect others rely, fails with a sentence; the others are left out. */
const instead: { readonly [M in ServiceMethod]: Instead<M> } = {
  useEnvironment: { cannot: t('take the environment of a window') },
  submit: { cannot: t('take jobs') },
  sealBatch: { cannot: t('complete a batch') },
  setBatchConcurrency: { cannot: t('limit a batch') },
  sync: { cannot: t('say what has become of jobs') },
  provideInput: { cannot: t('take the input of jobs') },
  finished: { cannot: t('take the ends of jobs') },
  cancel: { cannot: t('cancel jobs') },
  rerun: { cannot: t('run jobs again') },
  setPriority: { cannot: t('change the priority of jobs') },
  highestPriority: { cannot: t('change the priority of jobs') },
  clear: { cannot: t('clear the history') },
  save: { cannot: t('save results') },
  list: { cannot: t('list jobs') },
  outline: { cannot: t('list jobs') },
  findJobs: { cannot: t('find jobs') },
  attempts: { answer: { attempts: [] } },
  place: { answer: null },
  getBatch: { answer: undefined },
  batchNames: { answer: { names: [] } },
  batchResults: { cannot: t('deliver the result of a batch') },
  offerHandlers: done, // it delivers nothing
  delivered: done,
  deliverAgain: { cannot: t('deliver results') },
  endedMeanwhile: { answer: null },
  getSpec: { answer: undefined },
  getEnded: { answer: undefined },
  startWorker: { cannot: t('start workers for an extension') },
  request: { cannot: t('pass on requests to workers') },
  cancelRequests: done, // the answers come and are not wanted
  releaseReplies: done, // the files go with the worker
  stopWorkers: { cannot: t('stop workers') },
  output: { cannot: t('show output') },
  pause: { cannot: t('pause the queue') },
  pauseQueue: { cannot: t('pause one queue alone') },
  connectQueue: done, // it has none
  copyNode: { cannot: t('copy Node.js to a queue') },
  endAllocation: { cannot: t('end an allocation') },
  configure: done, // its settings stay as they are
  watchRows: { answer: null },
  timeline: { cannot: t('show a timeline') },
  jobOfBar: { answer: null },
  status: { cannot: t('report its status') },
  report: { cannot: t('report on itself') },
  restart: { cannot: t('be restarted from here') },
  moveStoreAside: { cannot: t('move its store aside') },
  drain: done, // it ends when nothing runs and no window is connected
}

/** The answer to a request; one that the service does not know is not sent, or has been sent in vain. */
export async function orWithout(
  method: ServiceMethod,
  welcome: Pick<Welcome, 'methods' | 'version'>,
  send: () => Promise<unknown>,
): Promise<unknown> {
  if (welcome.methods?.includes(method) ?? true) {
    try {
      return await send()
    } catch (error) {
      if (!(error instanceof RefusedError) || error.code !== ErrorCodes.MethodNotFound) throw error
    }
  }
  const known: Instead<ServiceMethod> = instead[method]
  if ('answer' in known) return known.answer
  throw new RefusedError(
    t`The job service is of an older version (${welcome.version}), which cannot ${known.cannot}; try again when its running jobs have ended and the newer one has taken over.`,
  )
}
