// `npm run test:chaos -- --seed S --rounds N`: the chaos test by hand, with a line for each round and its figures at the end.
import { writeFileSync } from 'node:fs'
import { runChaos } from './chaos'

const [report = '', seed = '', rounds = ''] = process.argv.slice(2)
const counts = { passed: 0, failures: [] as { name: string; message: string }[], skipped: 0 }
try {
  const figures = await runChaos({ seed: Number(seed), rounds: Number(rounds), log: console.log })
  console.log(JSON.stringify(figures, null, 2))
  counts.passed = figures.rounds
} catch (error) {
  const { message } = error as Error
  console.log(message)
  counts.failures.push({ name: `seed ${seed}`, message })
}
writeFileSync(report, JSON.stringify(counts))
process.exitCode = counts.failures.length > 0 ? 1 : 0
