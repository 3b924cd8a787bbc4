// The layers of tests that run outside of VS Code's extension host, as vitest's projects. The e2e tests are among them:
// one runner means one report and one way to write a test, and the page objects need nothing of Playwright's own runner.
import { defineConfig } from 'vitest/config'
import { LongFilesFirst } from './test/support/longFilesFirst.ts'

const SECOND = 1000

export default defineConfig({
  test: {
    // `npm test` prints the seed, and `-- --seed N` gives it.
    sequence: { shuffle: { tests: true }, sequencer: LongFilesFirst },
    // What the workers of e2e have kept ends with them.
    teardownTimeout: 60 * SECOND,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          // What is pure needs no process of its own, which costs more than the tests in it.
          isolate: false,
          // That which reads all sources takes three seconds of an idle core, and a minute and a half of a busy one.
          testTimeout: 180 * SECOND,
        },
      },
      {
        extends: true,
        test: {
          name: 'process',
          include: ['test/process/**/*.test.ts'],
          pool: 'forks',
          // Most of the time they wait, for processes and their limits.
          maxWorkers: 6,
          globalSetup: 'test/support/builtExtension.mjs',
          testTimeout: 180 * SECOND,
          hookTimeout: 180 * SECOND,
        },
      },
      // The job service of both is built, as that of `process`. How long they take is chosen with how much they try.
      ...['fuzz', 'soak'].map(name => ({
        extends: true as const,
        test: {
          name,
          include: [`test/${name}/**/*.test.ts`],
          pool: 'forks' as const,
          globalSetup: 'test/support/builtExtension.mjs',
          testTimeout: 1800 * SECOND,
          hookTimeout: 180 * SECOND,
        },
      })),
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          pool: 'forks',
          // While one waits for what its VS Code shows, another works. Both are kept from one file to the next.
          maxWorkers: 2,
          isolate: false,
          environment: './test/support/workerEnds.ts',
          globalSetup: 'test/support/installedExtension.mjs',
          testTimeout: 600 * SECOND,
          hookTimeout: 600 * SECOND,
        },
      },
    ],
  },
})
