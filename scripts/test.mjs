// npm test: sets up, checks, builds, runs every layer of tests in an order that is shuffled, and ends with what failed and
// one line, `N passed, M failed`.
// `-- --only unit,process` runs some layers, `-- -t NAME` the tests whose names match, `-- --seed N` in the order of an
// earlier run, `-- --repeat N` all of it so many times, `-- --load` with every core kept busy beside it. `--messages N` is how
// many the layer `fuzz` tries, `--jobs N` how many the layer `soak` runs. `npm run test:chaos` runs the layer of that name
// alone, `-- --rounds N` so many rounds of it.
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { buildForTests, layers, phases, reports, usualLayers } from './lib/layers.mjs'
import { keepCoresBusy } from './lib/load.mjs'
import { failureText } from './lib/reports.mjs'
import { ensureNumpy, ensureRemotePrograms, enterProjectNode } from './setup.mjs'

/** One is drawn for each round; short enough to be typed. */
const SEEDS = 1_000_000

const options = {
  only: { type: 'string' },
  name: { type: 'string', short: 't' },
  seed: { type: 'string' },
  repeat: { type: 'string' },
  load: { type: 'boolean' },
  messages: { type: 'string' },
  jobs: { type: 'string' },
  rounds: { type: 'string' },
}

/** Where the tests of a layer find how much is asked of them. */
const amounts = { messages: 'HEADLESS_JOBS_FUZZ_MESSAGES', jobs: 'HEADLESS_JOBS_SOAK_JOBS' }

/** What was asked for. */
function readOptions() {
  const { values } = parseArgs({ options })
  const { only, name, seed, repeat = '1', rounds = '50', load = false } = values
  const chosen = only ? only.split(',') : usualLayers
  const unknown = chosen.filter(layer => !(layer in layers))
  if (unknown.length > 0) throw new Error(`There is no layer ${unknown}: name some of ${Object.keys(layers)}.`)
  if (seed !== undefined) checkWhole('seed', seed, 0)
  checkWhole('repeat', repeat, 1)
  checkWhole('rounds', rounds, 1)
  for (const [option, variable] of Object.entries(amounts)) {
    if (values[option] === undefined) continue
    checkWhole(option, values[option], 100)
    process.env[variable] = values[option]
  }
  const selection = {
    name,
    seed: seed === undefined ? undefined : Number(seed),
    rounds: Number(rounds),
    print: text => process.stdout.write(text),
    stdio: 'inherit',
  }
  return { chosen, selection, repeat: Number(repeat), load }
}

function checkWhole(option, text, least) {
  if (!/^\d{1,9}$/.test(text) || Number(text) < least)
    throw new Error(`--${option} ${text} is none: give a whole number from ${least}.`)
}

/** @returns what the layer counts; one that cannot run is one failure */
async function runLayer(layer, selection) {
  selection.print(`\n── ${layer} ──\n`)
  const started = performance.now()
  let counts
  try {
    counts = await layers[layer](layer, selection)
    // by a name some layers may have none
    if (!selection.name && counts.passed + counts.failures.length === 0) throw new Error('No test has run.')
  } catch (error) {
    selection.print(`${error.message}\n`)
    counts = { passed: 0, failures: [{ name: 'could not run', message: error.message }], skipped: 0 }
  }
  return { layer, ...counts, seconds: (performance.now() - started) / 1000 }
}

/** The same while another layer has the terminal: what it prints is kept in a file, and shown when it has ended. */
async function runLayerQuietly(layer, selection) {
  const file = join(reports, `${layer}.log`)
  const log = openSync(file, 'w')
  const print = text => writeSync(log, text)
  const result = await runLayer(layer, { ...selection, print, stdio: ['ignore', log, log] })
  closeSync(log)
  selection.print(readFileSync(file))
  return result
}

/** Runs lists of layers beside each other. */
async function runBeside(lanes, selection) {
  const runLane = async (lane, index) => {
    const results = []
    for (const layer of lane) results.push(await (index === 0 ? runLayer : runLayerQuietly)(layer, selection))
    return results
  }
  return (await Promise.all(lanes.map(runLane))).flat()
}

function summary({ layer, passed, failures, skipped, seconds }) {
  const notes = skipped > 0 ? `, ${skipped} skipped` : ''
  return `${layer.padEnd(8)} ${passed} passed, ${failures.length} failed${notes} (${seconds.toFixed(0)} s)`
}

/** Runs the layers once. */
async function runRound(chosen, selection) {
  rmSync(reports, { recursive: true, force: true })
  mkdirSync(reports, { recursive: true })
  const started = performance.now()
  await buildForTests()
  const results = []
  for (const lanes of phases) {
    const wanted = lanes.map(lane => lane.filter(layer => chosen.includes(layer))).filter(lane => lane.length > 0)
    results.push(...(await runBeside(wanted, selection)))
  }
  results.sort((a, b) => chosen.indexOf(a.layer) - chosen.indexOf(b.layer))
  const failures = results.flatMap(({ layer, failures }) => failures.map(failure => failureText(layer, failure)))
  const passed = results.reduce((total, { passed }) => total + passed, 0)
  if (passed + failures.length === 0) failures.push(`✗ no test has a name that matches ${selection.name}`)
  const seconds = (performance.now() - started) / 1000
  return { seed: selection.seed, passed, failures, summaries: results.map(summary), seconds }
}

/** One round is told by its layers, of several each has a line of its own as well. */
function report(rounds) {
  const failures = rounds.flatMap(round => round.failures)
  if (failures.length > 0) console.log(`\n${failures.join('\n')}`)
  for (const { summaries } of rounds) console.log(`\n${summaries.join('\n')}`)
  console.log()
  const lines = rounds.map(({ passed, failures, seed, seconds }, index) => {
    const round = rounds.length > 1 ? `round ${index + 1}: ${passed} passed, ${failures.length} failed, ` : ''
    return `${round}seed ${seed} (${seconds.toFixed(0)} s)`
  })
  console.log(lines.join('\n'))
  return { passed: rounds.reduce((total, { passed }) => total + passed, 0), failed: failures.length }
}

async function main() {
  await enterProjectNode()
  const { chosen, selection: given, repeat, load } = readOptions()
  process.env.HEADLESS_JOBS_NUMPY = (await ensureNumpy()) ?? ''
  await ensureRemotePrograms()
  const end = load ? keepCoresBusy() : async () => undefined
  const rounds = []
  try {
    for (let round = 1; round <= repeat; round++) {
      const selection = { ...given, seed: given.seed ?? Math.floor(Math.random() * SEEDS) }
      console.log(`\n${repeat > 1 ? `round ${round} of ${repeat}, ` : ''}seed ${selection.seed}`)
      rounds.push(await runRound(chosen, selection))
    }
  } finally {
    await end()
  }
  return report(rounds)
}

const { passed, failed } = await main().catch(error => {
  console.log(error.message)
  return { passed: 0, failed: 1 }
})
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0
