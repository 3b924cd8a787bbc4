// npm run bench: measures, with what would be shipped; arguments after `--` are those of test/bench/main.ts.
import { build } from './build.mjs'
import { runTypeScript } from './lib/bundles.mjs'
import { enterProjectNode } from './setup.mjs'

await enterProjectNode()
await build({ production: true })
process.exitCode = await runTypeScript('test/bench/main.ts', process.argv.slice(2))
