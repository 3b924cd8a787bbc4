// The layers of tests that run outside of VS Code's extension host, as vitest's projects. The e2e tests are among them:
// one runner means one report and one way to write a test, and the page objects need nothing of Playwright's own runner.
import { defineConfig } from 'vitest/config'

const SECOND = 1000

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'] } },
      {
        test: {
          name: 'process',
          include: ['test/process/**/*.test.ts'],
          pool: 'forks',
          globalSetup: 'test/support/builtExtension.mjs',
          testTimeout: 60 * SECOND,
          hookTimeout: 60 * SECOND,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          pool: 'forks',
          // Each file has its own VS Code and browser, which fill two cores.
          fileParallelism: false,
          globalSetup: 'test/support/installedExtension.mjs',
          testTimeout: 180 * SECOND,
          hookTimeout: 180 * SECOND,
        },
      },
    ],
  },
})
