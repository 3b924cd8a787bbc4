// Before the first test of a layer that runs the built job service: builds it, and the program of the chaos test, unless `npm test`
// has done that for all layers.
import { buildForTests } from '../../scripts/lib/layers.mjs'

export async function setup() {
  if (process.env.HEADLESS_JOBS_BUILT === undefined) await buildForTests()
}
