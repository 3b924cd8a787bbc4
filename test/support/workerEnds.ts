// The environment of vitest's e2e workers: what is kept from one file of tests to the next ends with the worker.
import type { Environment } from 'vitest/runtime'

type End = () => Promise<unknown>

// Vitest loads an environment apart from the tests: they share the global object alone.
const shared = globalThis as { endsOfWorker?: Set<End> }

/** Whether this runs in such a worker; a benchmark does not. */
export const hasWorkerEnd = () => shared.endsOfWorker !== undefined

/** Has this done, once, when the worker has no more files to run. */
export function atWorkerEnd(end: End): void {
  if (!shared.endsOfWorker)
    throw new Error('Nothing would end it here: this is for tests in the environment workerEnds.')
  shared.endsOfWorker.add(end)
}

export default {
  name: 'workerEnds',
  viteEnvironment: 'ssr',
  setup() {
    const ends = new Set<End>()
    shared.endsOfWorker = ends
    return {
      async teardown() {
        await Promise.all([...ends].map(end => end()))
      },
    }
  },
} satisfies Environment
