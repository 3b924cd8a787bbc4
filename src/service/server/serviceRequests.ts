// Requests about the service itself and about what a view of a window shows.

import type { ServiceStatus } from '../../core/protocol/facts'
import type { ServiceApi } from '../../core/protocol/protocol'
import type { JobService } from '../jobService'
import type { Session } from '../sessions/session'

type ServiceRequests = Pick<ServiceApi, 'pause' | 'configure' | 'endedMeanwhile' | 'watchRows' | 'status' | 'drain'>

export function serviceRequests(service: JobService, session: Session): ServiceRequests {
  const { holds, meanwhile, settings, updates } = service
  return {
    pause: async ({ paused }) => holds.pause(paused),
    configure: async ({ source, settings: values, chosen }) =>
      settings.configure(source, session.window, values, chosen),
    endedMeanwhile: async () => meanwhile.take(session.workspace),
    watchRows: async ({ id, query }) => {
      if (query) return updates.watch(session, id, query)
      updates.unwatch(session, id)
      return null
    },
    status: async () => statusOf(service),
    drain: async () => holds.drain(),
  }
}

function statusOf({ holds, identity, paths, sessions, settings }: JobService): ServiceStatus {
  const { version, startedAt, socket } = identity
  return {
    pid: process.pid,
    version,
    startedAt,
    stateFolder: paths.state,
    socket,
    memoryBytes: process.memoryUsage.rss(),
    windows: sessions.connected.map(session => session.window),
    settings: settings.values,
    settingsFrom: settings.from,
    draining: holds.isDraining,
  }
}
