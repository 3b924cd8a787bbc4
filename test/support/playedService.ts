// The real API of a window without a job service: a test answers the requests that it is interested in.
import type { HeadlessJobsApi } from '../../src/api'
import { PublicApi } from '../../src/client/api/publicApi'
import { Emitter } from '../../src/client/base/emitter'
import type { ServiceClient } from '../../src/client/connection/serviceClient'
import type { ServiceApi, ServiceEvent } from '../../src/core/protocol/protocol'

export interface PlayedService {
  readonly api: HeadlessJobsApi
  readonly logged: readonly string[]
  /** There is a connection again. */
  reconnect(): void
  send(...events: ServiceEvent[]): void
}

const raise = (error: unknown) => {
  throw error
}

/** @param client what is different of it */
export function playService(service: Partial<ServiceApi>, client: Partial<ServiceClient> = {}): PlayedService {
  const done = async () => undefined
  const logged: string[] = []
  const log = (message: string) => void logged.push(message)
  const events = new Emitter<readonly ServiceEvent[]>(raise)
  const connects = new Emitter<void>(raise)
  const played = {
    service: { offerHandlers: done, submit: done, sealBatch: done, ...service },
    folders: { spool: '/nowhere', arrays: '/nowhere' },
    state: 'connected',
    isConnected: true,
    isDisposed: false,
    environmentHash: '',
    connect: async () => true,
    onEvents: events.event,
    onDidConnect: connects.event,
    onDidChangeState: new Emitter<void>(raise).event,
    ...client,
  } as unknown as ServiceClient
  const api = new PublicApi(played, { defaultCwd: () => '/', isTrusted: () => true, log }).forOwner('test.window')
  return { api, logged, reconnect: () => connects.fire(), send: (...sent) => events.fire(sent) }
}
