// Empties the job service of a VS Code under test, as a window of an older version would that is open beside it.
import { stateFolder } from '../../src/service/base/paths'
import type { TempState } from '../support/tempState'
import { until } from '../support/until'
import { openWindow } from '../support/window'

const LIMIT_MS = 60_000

/**
 * Ends all jobs and warm workers, clears the history and lets the queue go on, where there is a job service.
 * @param concurrency waits until so many run at once
 */
export async function forgetJobs(state: TempState, concurrency: number): Promise<void> {
  if (state.servicePids().length === 0) return
  const { client } = openWindow(stateFolder('', state.env), { version: '0.0.0', name: 'reset' })
  try {
    // one that has just been started for a window takes a moment
    const isReached = async () => state.servicePids().length === 0 || client.connect({ start: false })
    await until(isReached, LIMIT_MS, 'a connection to the job service')
    if (!client.isConnected) return
    const all = { filter: { all: true } } as const
    await client.service.cancel(all)
    await client.service.stopWorkers({})
    await client.service.pause({ paused: false })
    // what has been asked to end takes a moment, and is cleared only then
    const isCleared = async () => {
      await client.service.clear({ ...all, unsaved: 'delete' })
      return (await client.service.list(all)).jobs.length === 0
    }
    await until(isCleared, LIMIT_MS, 'a service without jobs')
    await until(() => client.summary?.workers === undefined, LIMIT_MS, 'a service without warm workers')
    await until(() => client.summary?.concurrency === concurrency, LIMIT_MS, `${concurrency} jobs at once`)
  } finally {
    client.dispose()
  }
}
