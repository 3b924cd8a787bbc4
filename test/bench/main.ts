// `npm run bench`: runs the scenarios one after the other and prints a table. `--only NAME` runs one, `--json FILE` also
// writes the figures.
import { writeFileSync } from 'node:fs'
import { arch, cpus, platform, totalmem } from 'node:os'
import { parseArgs } from 'node:util'
import type { Figures, ScenarioResult } from './harness'
import { lag } from './lag'
import { payload } from './payload'
import { spawn } from './spawn'
import { submit } from './submit'

const scenarios = [spawn, lag, submit, payload]

const { values } = parseArgs({ options: { only: { type: 'string' }, json: { type: 'string' } } })
const chosen = scenarios.filter(({ name }) => values.only === undefined || name === values.only)
if (chosen.length === 0)
  throw new Error(`There is no scenario "${values.only}"; there are ${scenarios.map(({ name }) => name).join(', ')}.`)

const show = (figures: Figures) =>
  Object.entries(figures)
    .map(([name, value]) => `${name} ${value >= 100 ? value.toFixed(0) : value.toPrecision(3)}`)
    .join(', ')

const results: Record<string, ScenarioResult> = {}
for (const { name, title, run } of chosen) {
  console.log(`\n${name}: ${title}`)
  const result = await run()
  results[name] = result
  console.log(`  ours        ${show(result.ours)}`)
  for (const [peer, figures] of Object.entries(result.peers)) {
    const ratio = result.ratios[peer]
    console.log(`  ${peer.padEnd(11)} ${show(figures)}${ratio === undefined ? '' : `   ratio ${ratio.toFixed(2)}`}`)
  }
  if (result.missing.length > 0) console.log(`  not here    ${result.missing.join(', ')}`)
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
