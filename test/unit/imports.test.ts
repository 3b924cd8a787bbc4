// Every import in src/ keeps to the table of who may import whom.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { forbiddenImports } from '../support/importRules'
import { root } from '../support/tools'

const src = join(root, 'src')
const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter(file => file.endsWith('.ts'))
  .map(file => file.replaceAll('\\', '/'))

test('no file of src/ imports what its folder may not', () => {
  expect(files).toContain('core/protocol.ts')
  expect(files.flatMap(file => forbiddenImports(file, readFileSync(join(src, file), 'utf8')))).toEqual([])
})

describe('the check refuses', () => {
  test.each([
    ['api.ts', `import type { A } from './core/job'`],
    ['core/job.ts', `import { readFileSync } from 'node:fs'`],
    ['core/job.ts', `import { createConnection } from 'vscode-jsonrpc/node'`],
    ['core/job.ts', `import { submit } from '../api'`],
    ['core/job.ts', `export * from '../service/store'`],
    ['core/job.ts', `import '../webview/main'`],
    ['run/runJob.ts', `import PQueue from 'p-queue'`],
    ['run/runJob.ts', `import type { Store } from '../service/store'`],
    ['service/main.ts', `import * as vscode from 'vscode'`],
    ['service/main.ts', `const vscode = require('vscode')`],
    ['service/main.ts', `import { html } from 'lit-html'`],
    ['extension/commands.ts', `import { spawn } from 'node:child_process'`],
    ['extension/commands.ts', `import { Store } from '../service/store'`],
    ['extension/commands.ts', `import {\n  runJob,\n  type Run,\n} from '../run/runJob'`],
    ['extension/commands.ts', `const { spawn } = await import('node:child_process')`],
    ['extension/commands.ts', `import { readFileSync } from 'fs'`],
    ['webview/main.ts', `import { join } from 'node:path'`],
    ['webview/main.ts', `import { stateFolder } from '../service/paths'`],
    ['python/x.ts', ''],
  ])('%s: %s', (file, source) => {
    expect(forbiddenImports(file, source)).toHaveLength(1)
  })
})

describe('the check allows', () => {
  test.each([
    ['core/wire.ts', `import { Disposable } from 'vscode-jsonrpc'\nimport type { JobInfo } from '../api'`],
    [
      'run/runJob.ts',
      `import { spawn } from 'node:child_process'\nimport { x } from '../core/job'\nimport { y } from './killTree'`,
    ],
    [
      'service/main.ts',
      `import PQueue from 'p-queue'\nimport { a } from 'vscode-jsonrpc/node'\nimport { b } from '../run/runJob'`,
    ],
    ['extension/startService.ts', `import { spawn } from 'node:child_process'\nimport { p } from '../service/paths'`],
    ['webview/tree.ts', `import { repeat } from 'lit-html/directives/repeat.js'\nexport { rows } from './rows'`],
    ['webview/tree.ts', `// we import nothing from 'node:fs'\nexport const from = 'node:fs'`],
  ])('%s: %s', (file, source) => {
    expect(forbiddenImports(file, source)).toEqual([])
  })
})
