// Before the first test of a layer that runs the built job service: builds it, and the program of the chaos test.
import { build } from '../../scripts/build.mjs'
import { bundleTypeScript } from '../../scripts/lib/bundles.mjs'

export async function setup() {
  await Promise.all([build(), bundleTypeScript('test/chaos/host.ts')])
}
