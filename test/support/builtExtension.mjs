// Before the first test of a layer that runs the built job service: builds it.
import { build } from '../../scripts/build.mjs'

export const setup = () => build()
