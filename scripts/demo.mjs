// npm run demo: runs scripts/demo/main.ts through the real job service, without VS Code; arguments after `--` are its own.
import { build } from './build.mjs'
import { runTypeScript } from './lib/bundles.mjs'
import { enterProjectNode } from './setup.mjs'

await enterProjectNode()
await build()
process.exitCode = await runTypeScript('scripts/demo/main.ts', process.argv.slice(2))
