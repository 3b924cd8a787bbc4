// Counts passed and failed tests from the reports that the runners write, and tells which failed. A runner that fails
// although no test of it has failed (a file that does not load, an error outside of a test) counts as one failure.
import { readFileSync } from 'node:fs'

const read = file => JSON.parse(readFileSync(file, 'utf8'))

function counts(passed, failures, skipped, exitCode) {
  if (failures.length === 0 && exitCode !== 0) {
    failures = [{ name: 'outside of a test', message: `the runner ended with exit code ${exitCode}` }]
  }
  return { passed, failures, skipped }
}

/** vitest's JSON reporter. */
export function countVitest(file, exitCode) {
  const { numPassedTests, numPendingTests, numTodoTests, testResults } = read(file)
  const failures = testResults.flatMap(({ name, status, message, assertionResults }) => {
    const failed = assertionResults.filter(test => test.status === 'failed')
    if (status === 'failed' && failed.length === 0) return [{ name, message }]
    return failed.map(test => ({ name: test.fullName, message: test.failureMessages.join('\n') }))
  })
  return counts(numPassedTests, failures, numPendingTests + numTodoTests, exitCode)
}

/** What test/vscode/index.ts takes from mocha, and test/support/run_unittest.py from unittest. */
export function countPlain(file, exitCode) {
  const { passed, failures, skipped } = read(file)
  return counts(passed, failures, skipped, exitCode)
}

/** What one needs to see of a failure where only the end of a long log is kept. */
export function failureText(layer, { name, message }) {
  const lines = message
    .split('\n')
    .filter(line => !isForeign(line))
    .slice(0, MAX_LINES)
  return [`✗ ${layer}: ${name}`, ...lines.map(line => `    ${line}`)].join('\n')
}

const MAX_LINES = 20

/** A line of a stack trace outside of our code. */
const isForeign = line => /^\s+at .*(node_modules|node:)/.test(line)
