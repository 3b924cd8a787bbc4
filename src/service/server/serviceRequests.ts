// Requests about the service itself and about what a view of a window shows.

import type { ServiceStatus } from '../../core/protocol/facts'
import type { ServiceApi } from '../../core/protocol/protocol'
import { truncateJob } from '../../core/protocol/truncate'
import { reportOf } from '../history/doctor'
import type { JobService } from '../jobService'
import { setPaused } from '../lifecycle/opening'
import type { Session } from '../sessions/session'
import type { Strangers } from './strangers'

type ServiceRequests = Pick<
  ServiceApi,
  | 'pause'
  | 'pauseQueue'
  | 'connectQueue'
  | 'copyNode'
  | 'endAllocation'
  | 'configure'
  | 'endedMeanwhile'
  | 'watchRows'
  | 'timeline'
  | 'jobOfBar'
  | 'status'
  | 'report'
  | 'restart'
  | 'moveStoreAside'
  | 'drain'
>

export function serviceRequests(service: JobService, session: Session, strangers: Strangers): ServiceRequests {
  const {
    activeJobs,
    bulk,
    ending,
    holds,
    infos,
    meanwhile,
    paths,
    queues,
    remotes,
    settings,
    store,
    timelines,
    updates,
  } = service
  return {
    pause: async ({ paused }) => setPaused(service, paused),
    pauseQueue: async ({ queue, paused }) => queues.pause(queue, paused),
    connectQueue: async ({ queue }) => remotes.of(queue)?.tryNow(),
    async copyNode({ queue }) {
      const remote = remotes.of(queue)
      if (!remote) throw new Error(`There is no queue “${queue}” elsewhere.`)
      await remote.copyNode()
    },
    async endAllocation({ queue, allocation }) {
      const ids = await remotes.endAllocation(queue, allocation)
      if (ids.length > 0) await bulk.cancel({ ids }, 'user', { from: session.window })
    },
    configure: async ({ source, settings: values, chosen }) =>
      settings.configure(source, session.window, values, chosen),
    endedMeanwhile: async () => meanwhile.take(session.workspace),
    watchRows: async ({ id, query }) => {
      if (query) return updates.watch(session, id, query)
      updates.unwatch(session, id)
      return null
    },
    timeline: async query => timelines.read(session, query),
    jobOfBar: async ({ seq }) => {
      const job = activeJobs.job(seq) ?? store.job(seq)
      return job ? truncateJob(infos.info(job)) : null
    },
    status: async () => statusOf(service),
    report: () => reportOf(service, strangers.turnedAway),
    async restart({ when }) {
      if (when === 'now') ending.restart()
      else holds.drain('a window has asked for a restart')
    },
    async moveStoreAside() {
      // those who wait for a job are notified; without that their windows would submit it anew
      await bulk.cancel({ all: true }, 'user', { why: 'The store of jobs was moved aside.' })
      return { folder: ending.moveStoreAside(paths) }
    },
    drain: async () => holds.makeWay(),
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
