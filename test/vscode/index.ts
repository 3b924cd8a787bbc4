// Runs the tests of this folder with mocha, in the order of a seed, and counts them in a file. VS Code calls it in the
// extension host.
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Mocha from 'mocha'
import { seeded, shuffle } from '../support/shuffle'

/** A test that starts the job service and a few processes takes seconds, and much longer on a busy machine. */
const TIMEOUT_MS = 180_000

export async function run(): Promise<void> {
  const report = process.env.HEADLESS_JOBS_TEST_REPORT
  if (!report) throw new Error('HEADLESS_JOBS_TEST_REPORT does not say where to write the counts.')
  const grep = process.env.HEADLESS_JOBS_TEST_NAME
  const mocha = new Mocha({ timeout: TIMEOUT_MS, reporter: Lines, forbidOnly: true, ...(grep ? { grep } : {}) })
  const files = readdirSync(__dirname).filter(name => name.endsWith('.test.cjs'))
  const random = seeded(Number(process.env.HEADLESS_JOBS_TEST_SEED ?? 0))
  for (const file of shuffle(files.sort(), random)) mocha.addFile(join(__dirname, file))
  await mocha.loadFilesAsync()
  shuffleTests(mocha.suite, random)
  const failures: { name: string; message: string }[] = []
  const stats = await new Promise<Mocha.Stats | undefined>(resolve => {
    const runner = mocha.run(() => resolve(runner.stats))
    runner.on('fail', (test, error: Error) =>
      failures.push({ name: test.fullTitle(), message: error.stack ?? error.message }),
    )
  })
  if (!stats) throw new Error('mocha has counted nothing.')
  const counts = { passed: stats.passes, failures, skipped: stats.pending }
  writeFileSync(report, JSON.stringify(counts))
}

function shuffleTests({ suites, tests }: Mocha.Suite, random: () => number): void {
  shuffle(tests, random)
  for (const suite of shuffle(suites, random)) shuffleTests(suite, random)
}

/** One line per test; mocha's own reporters want a terminal. The mark distinguishes them from VS Code's own lines. */
class Lines extends Mocha.reporters.Base {
  constructor(runner: Mocha.Runner, options?: Mocha.MochaOptions) {
    super(runner, options)
    const say = (line: string) => console.log(`[test] ${line}`)
    runner.on('pass', test => say(`✓ ${test.fullTitle()} ${test.duration} ms`))
    runner.on('pending', test => say(`↓ ${test.fullTitle()}`))
    runner.on('fail', (test, error: Error) => say(`✗ ${test.fullTitle()}\n${error.stack ?? error.message}`))
  }
}
