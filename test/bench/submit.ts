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
      const specs = Array.from({ length: JOBS }, () => ({ command: ['sleep', '1000'] }))
      const batch = service.api.submitBatch(specs)
      const first = new Promise<number>(resolve => {
        batch.jobs[0]?.onDidChange(({ startedAt }) => startedAt !== undefined && resolve(startedAt - wallBegin))
      })
      await batch.jobs[JOBS - 1]?.accepted
      await Promise.all(batch.jobs.map(job => job.accepted)) // the others are by now: lists go in order
      const usPerJob = ((performance.now() - begin) * 1000) / JOBS
      const bytesPerJob = (memoryOf(service.pid, 'VmRSS') - before) / JOBS
      const firstStartMs = await first
      await batch.cancel()
      return { ours: { usPerJob, bytesPerJob, firstStartMs }, peers: {}, ratios: {}, missing: [] }
    } finally {
      await service.close()
    }
  },
}
