// npm test: sets up, checks, builds, runs every layer of tests, and ends with what failed and one line, `N passed, M failed`.
// `-- --only unit,process` runs some layers, `-- -t NAME` the tests whose names match.
import { mkdirSync, rmSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { parseArgs } from 'node:util'
import { build } from './build.mjs'
import { check } from './check.mjs'
import { bundleHostTests, runTypeScript } from './lib/bundles.mjs'
import { findOnPath, root, run } from './lib/processes.mjs'
import { countPlain, countVitest, failureText } from './lib/reports.mjs'
import { ensureBrowser, ensureNumpy, ensureVsCodeServer, enterProjectNode } from './setup.mjs'

const reports = join(root, '.vscode-test', 'reports')

/** Each runs its tests, has them written as a report, and returns what that counts. */
const layers = {
  check: async () => {
    const { passed, failures } = await check()
    return { passed, failures, skipped: 0 }
  },
  unit: vitest,
  process: vitest,
  python,
  vscode,
  e2e: vitest,
}

async function vitest(layer, name) {
  const report = join(reports, `${layer}.json`)
  const args = ['run', '--project', layer, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const tool = join(root, 'node_modules', 'vitest', 'vitest.mjs')
  const exitCode = await run(process.execPath, [tool, ...args, ...(name ? ['-t', name] : [])])
  return countVitest(report, exitCode)
}

/** With the python3 of this machine, and once more with numpy where that does not have it. */
async function python() {
  const plain = await unittest('python', [])
  const folder = process.env.HEADLESS_JOBS_NUMPY
  if (!folder) return plain
  const withNumpy = await unittest('python-numpy', [folder])
  return {
    passed: plain.passed + withNumpy.passed,
    failures: [...plain.failures, ...withNumpy.failures],
    skipped: withNumpy.skipped,
  }
}

async function unittest(name, folders) {
  const report = join(reports, `${name}.json`)
  const python3 = findOnPath('python3', 'python')
  if (!python3) throw new Error('There is no python3 on PATH.')
  const path = [join(root, 'src', 'python'), ...folders].join(delimiter)
  const exitCode = await run(python3, [join('test', 'support', 'run_unittest.py'), join('test', 'python'), report], {
    env: { ...process.env, PYTHONPATH: path, PYTHONDONTWRITEBYTECODE: '1' },
  })
  return countPlain(report, exitCode)
}

async function vscode(layer, name) {
  const report = join(reports, `${layer}.json`)
  const env = {
    ...process.env,
    HEADLESS_JOBS_CODE_SERVER: await ensureVsCodeServer(),
    HEADLESS_JOBS_BROWSER: await ensureBrowser(),
    ...(name ? { HEADLESS_JOBS_TEST_NAME: name } : {}),
  }
  await Promise.all([build(), bundleHostTests()])
  const exitCode = await runTypeScript('test/support/runInHost.ts', [report], { env })
  return countPlain(report, exitCode)
}

/** The layers that were asked for. */
function chosenLayers(only) {
  const chosen = only ? only.split(',') : Object.keys(layers)
  const unknown = chosen.filter(layer => !(layer in layers))
  if (unknown.length > 0) throw new Error(`There is no layer ${unknown}: name some of ${Object.keys(layers)}.`)
  return chosen
}

/** @returns what the layer counts; one that cannot run, or in which nothing ran, is one failure */
async function runLayer(layer, name) {
  console.log(`\n── ${layer} ──`)
  const started = performance.now()
  let counts
  try {
    counts = await layers[layer](layer, name)
    if (counts.passed + counts.failures.length === 0) throw new Error('No test has run.')
  } catch (error) {
    console.log(error.message)
    counts = { passed: 0, failures: [{ name: 'could not run', message: error.message }], skipped: 0 }
  }
  return { layer, ...counts, seconds: (performance.now() - started) / 1000 }
}

function summary({ layer, passed, failures, skipped, seconds }) {
  const notes = skipped > 0 ? `, ${skipped} skipped` : ''
  return `${layer.padEnd(8)} ${passed} passed, ${failures.length} failed${notes} (${seconds.toFixed(0)} s)`
}

async function main() {
  await enterProjectNode()
  const { values } = parseArgs({ options: { only: { type: 'string' }, name: { type: 'string', short: 't' } } })
  rmSync(reports, { recursive: true, force: true })
  mkdirSync(reports, { recursive: true })
  process.env.HEADLESS_JOBS_NUMPY = (await ensureNumpy()) ?? ''
  const results = []
  for (const layer of chosenLayers(values.only)) results.push(await runLayer(layer, values.name))
  const failures = results.flatMap(({ layer, failures }) => failures.map(failure => failureText(layer, failure)))
  if (failures.length > 0) console.log(`\n${failures.join('\n')}`)
  console.log(`\n${results.map(summary).join('\n')}`)
  return { passed: results.reduce((total, { passed }) => total + passed, 0), failed: failures.length }
}

const { passed, failed } = await main().catch(error => {
  console.log(error.message)
  return { passed: 0, failed: 1 }
})
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0
