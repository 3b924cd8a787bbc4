// A hundred thousand queued jobs: until accepted, in service memory, and how soon the first one starts.
import { memoryOf, openService, type Scenario } from './harness'

const JOBS = 100_000

export const submit: Scenario = {
  name: 'submit',
  title: `${JOBS} jobs queued`,
  async run() {
    const service = await openService()
    try {
      await service.api.submit({ command: ['true'] }).result // the service is warm
      const before = memoryOf(service.pid, 'VmRSS')
      const begin = performance.now()
      const wallBegin = Date.now()
      const allSent = Promise.withResolvers<void>()
      async function* specs() {
        for (let i = 0; i < JOBS; i++) yield { command: ['sleep', '1000'] }
        allSent.resolve()
      }
      const batch = service.api.submitBatch(specs())
      await allSent.promise
      await Promise.all(batch.jobs.map(job => job.accepted))
      const usPerJob = ((performance.now() - begin) * 1000) / JOBS
      const bytesPerJob = (memoryOf(service.pid, 'VmRSS') - before) / JOBS
      const { jobs } = await service.api.list({ states: ['running'], batchId: batch.id })
      const firstStartMs = Math.min(...jobs.map(({ startedAt = Number.POSITIVE_INFINITY }) => startedAt)) - wallBegin
      await batch.cancel()
      return { ours: { usPerJob, bytesPerJob, firstStartMs }, peers: {}, ratios: {}, missing: [] }
    } finally {
      await service.close()
    }
  },
}
