// Some rounds of the chaos test; `npm run test:chaos` runs more of them.
import { expect, test } from 'vitest'
import { runChaos } from '../../chaos/chaos'

const ROUNDS = 50
const LIMIT_MS = 20 * 60_000
/** That of the order of the tests. */
const seed = Number(process.env.HEADLESS_JOBS_TEST_SEED ?? Math.floor(Math.random() * 1_000_000))

test.skipIf(process.platform !== 'linux')(
  'whatever is killed, no job and no result is lost, none comes twice, and nothing is left',
  async () => {
    const { rounds, jobs, kills, results } = await runChaos({ seed, rounds: ROUNDS })
    expect(rounds).toBe(ROUNDS)
    // it was a test: jobs ran, were lost, and had their results taken, and something was killed in most rounds
    expect(jobs).toMatchObject({ succeeded: expect.any(Number), lost: expect.any(Number) })
    expect(results.delivered).toBeGreaterThan(0)
    expect(Object.values(kills).reduce((sum, count) => sum + count)).toBeGreaterThan(ROUNDS / 2)
  },
  LIMIT_MS,
)
