// Makes a store large: with jobs that have long environments, have never run, and have all been cancelled.
import type { Job } from '../../src/api'
import type { TestWindow } from './window'

/** Leaves the queue as it was begun: not paused, which the next service would remember. */
export async function fillStore(window: TestWindow, count: number, bytesEach: number): Promise<Job<Uint8Array>[]> {
  await window.client.service.pause({ paused: true })
  const jobs = Array.from({ length: count }, () =>
    window.api.submit({ command: ['true'], env: { FILLER: 'x'.repeat(bytesEach) } }),
  )
  await Promise.all(jobs.map(job => job.accepted))
  await window.client.service.cancel({ filter: { all: true } })
  await window.client.service.pause({ paused: false })
  return jobs
}
