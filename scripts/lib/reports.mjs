// Counts passed and failed tests from the reports that the runners write. A runner that fails although no test of it
// has failed (a file that does not load, an error outside of a test) counts as one failure.
import { readFileSync } from 'node:fs'

const read = file => JSON.parse(readFileSync(file, 'utf8'))

function counts(passed, failed, skipped, exitCode) {
  return { passed, failed: failed === 0 && exitCode !== 0 ? 1 : failed, skipped }
}

/** vitest's JSON reporter. */
export function countVitest(file, exitCode) {
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = read(file)
  const unloaded = testResults.filter(result => result.status === 'failed' && result.assertionResults.length === 0)
  return counts(numPassedTests, numFailedTests + unloaded.length, numPendingTests + numTodoTests, exitCode)
}

/** What test/vscode/index.ts takes from mocha, and test/support/run_unittest.py from unittest. */
export function countPlain(file, exitCode) {
  const { passed, failed, skipped } = read(file)
  return counts(passed, failed, skipped, exitCode)
}
