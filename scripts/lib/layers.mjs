// The layers of tests: how each is run, in an order that is made of a seed, and what its report counts.
import { delimiter, join } from 'node:path'
import { build } from '../build.mjs'
import { check as checkSources } from '../check.mjs'
import { ensureBrowser, ensureVsCodeServer } from '../setup.mjs'
import { bundleHostTests, bundleTypeScript, runTypeScript } from './bundles.mjs'
import { findOnPath, root, run } from './processes.mjs'
import { countPlain, countVitest } from './reports.mjs'

/** Where the runners of tests write what they count. */
export const reports = join(root, '.vscode-test', 'reports')

/**
 * Each is given its name and what was chosen: the name of the tests that are wanted if not all are, the seed of the order, and
 * where its output goes, as `print` for its own and as `stdio` for that of its processes.
 */
const usual = { check, unit: vitest, fuzz: vitest, process: vitest, soak: vitest, python, vscode, e2e: vitest }
export const layers = { ...usual, chaos }
/** Those that run when none is named; some rounds of chaos are among the tests of processes. */
export const usualLayers = Object.keys(usual)

/**
 * What runs after each other, and in each what runs beside each other: the tests of processes wait for limits much of their time,
 * which is enough for all that is smaller; windows of VS Code take every core.
 */
export const phases = [[['process'], ['check', 'unit', 'fuzz', 'soak', 'python', 'vscode']], [['e2e']], [['chaos']]]

/** Once for all layers: those that run beside each other must not build under each other's tests. */
export async function buildForTests() {
  await Promise.all([build(), bundleHostTests(), bundleTypeScript('test/chaos/host.ts')])
}

/** What takes no notice of a name: it is left out when one is given. */
async function check(_layer, { name, print }) {
  if (name) return { passed: 0, failures: [], skipped: 0 }
  const { passed, failures } = await checkSources(print)
  return { passed, failures, skipped: 0 }
}

async function vitest(layer, { name, seed, stdio }) {
  const report = join(reports, `${layer}.json`)
  const args = ['run', '--project', layer, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const order = ['--sequence.shuffle.tests', `--sequence.seed=${seed}`]
  const tool = join(root, 'node_modules', 'vitest', 'vitest.mjs')
  const env = { ...process.env, HEADLESS_JOBS_TEST_SEED: String(seed), HEADLESS_JOBS_BUILT: '1' }
  const chosen = name ? ['-t', name] : []
  const exitCode = await run(process.execPath, [tool, ...args, ...order, ...chosen], { env, stdio })
  return countVitest(report, exitCode)
}

/** With the python3 of this machine, and at the same time with numpy where that does not have it. */
async function python(_layer, chosen) {
  const folder = process.env.HEADLESS_JOBS_NUMPY
  const [plain, withNumpy = { passed: 0, failures: [] }] = await Promise.all([
    unittest('python', [], chosen),
    ...(folder ? [unittest('python-numpy', [folder], chosen)] : []),
  ])
  return {
    passed: plain.passed + withNumpy.passed,
    failures: [...plain.failures, ...withNumpy.failures],
    skipped: withNumpy.skipped ?? plain.skipped,
  }
}

async function unittest(layer, folders, { name, seed, stdio }) {
  const report = join(reports, `${layer}.json`)
  const python3 = findOnPath('python3', 'python')
  if (!python3) throw new Error('There is no python3 on PATH.')
  const path = [join(root, 'src', 'python'), ...folders].join(delimiter)
  const args = [join('test', 'support', 'run_unittest.py'), join('test', 'python'), report, String(seed)]
  const exitCode = await run(python3, [...args, ...(name ? [name] : [])], {
    env: { ...process.env, PYTHONPATH: path, PYTHONDONTWRITEBYTECODE: '1' },
    stdio,
  })
  return countPlain(report, exitCode)
}

async function vscode(layer, { name, seed, stdio }) {
  const report = join(reports, `${layer}.json`)
  const env = {
    ...process.env,
    HEADLESS_JOBS_CODE_SERVER: await ensureVsCodeServer(),
    HEADLESS_JOBS_BROWSER: await ensureBrowser(),
    HEADLESS_JOBS_TEST_SEED: String(seed),
    ...(name ? { HEADLESS_JOBS_TEST_NAME: name } : {}),
  }
  const exitCode = await runTypeScript('test/support/runInHost.ts', [report], { env, stdio })
  return countPlain(report, exitCode)
}

async function chaos(layer, { seed, rounds, stdio }) {
  const report = join(reports, `${layer}.json`)
  const exitCode = await runTypeScript('test/chaos/main.ts', [report, String(seed), String(rounds)], { stdio })
  return countPlain(report, exitCode)
}
