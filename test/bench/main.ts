// `npm run bench`: runs the scenarios one after the other and prints a table. `--only NAME` runs one, `--json FILE` also
// writes the figures.
import { writeFileSync } from 'node:fs'
import { arch, cpus, platform, totalmem } from 'node:os'
import { parseArgs } from 'node:util'
import { arrays } from './arrays'
import { delivery } from './delivery'
import { durability } from './durability'
import { framing } from './framing'
import type { Figures, ScenarioResult } from './harness'
import { lag } from './lag'
import { payload } from './payload'
import { recovery } from './recovery'
import { bytes, remote } from './remote'
import { request } from './request'
import { slurm } from './slurm'
import { spawn } from './spawn'
import { stream } from './stream'
import { submit } from './submit'
import { timeline } from './timeline'
import { view } from './view'
import { warm } from './warm'

const scenarios = [
  spawn,
  durability,
  lag,
  submit,
  recovery,
  payload,
  warm,
  request,
  delivery,
  arrays,
  framing,
  view,
  stream,
  timeline,
  remote,
  bytes,
  slurm,
]

const { values } = parseArgs({ options: { only: { type: 'string' }, json: { type: 'string' } } })
const chosen = scenarios.filter(({ name }) => values.only === undefined || name === values.only)
if (chosen.length === 0)
  throw new Error(`There is no scenario "${values.only}"; there are ${scenarios.map(({ name }) => name).join(', ')}.`)

const show = (figures: Figures) =>
  Object.entries(figures)
    .map(([name, value]) => `${name} ${value >= 100 ? value.toFixed(0) : value.toPrecision(3)}`)
    .join(', ')

const printLine = (who: string, what: string) => console.log(`  ${who.padEnd(20)} ${what}`)

const results: Record<string, ScenarioResult> = {}
for (const { name, title, run } of chosen) {
  console.log(`\n${name}: ${title}`)
  const result = await run()
  results[name] = result
  printLine('ours', show(result.ours))
  for (const peer of new Set([...Object.keys(result.peers), ...Object.keys(result.ratios)])) {
    const ratio = result.ratios[peer]
    const shown = ratio === undefined ? '' : `   ratio ${ratio.toFixed(2)}`
    printLine(peer, `${show(result.peers[peer] ?? {})}${shown}`.trim())
  }
  if (result.missing.length > 0) printLine('not here', result.missing.join(', '))
}

if (values.json) {
  const machine = {
    platform: platform(),
    arch: arch(),
    cpus: cpus().length,
    model: cpus()[0]?.model,
    memory: totalmem(),
    node: process.version,
  }
  writeFileSync(
    values.json,
    `${JSON.stringify({ date: new Date().toISOString(), machine, scenarios: results }, null, 2)}\n`,
  )
}
