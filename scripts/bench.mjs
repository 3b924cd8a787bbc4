// npm run bench: measures, with what would be shipped; arguments after `--` are those of test/bench/main.ts.
import { build } from './build.mjs'
import { bundleTypeScript, runTypeScript } from './lib/bundles.mjs'
import { ensureBrowser, enterProjectNode } from './setup.mjs'

await enterProjectNode()
await build({ production: true })
for (const program of ['lagClient', 'streamWindow']) await bundleTypeScript(`test/bench/${program}.ts`)
process.env.HEADLESS_JOBS_BROWSER = await ensureBrowser()
process.exitCode = await runTypeScript('test/bench/main.ts', process.argv.slice(2))
