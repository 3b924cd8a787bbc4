// Every import in src/ keeps to the order of the rooms.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { forbiddenImports, importCircles, processes } from '../../support/importRules'
import { root } from '../../support/tools'

const src = join(root, 'src')
const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter(file => file.endsWith('.ts'))
  .map(file => file.replaceAll('\\', '/'))
const sources = new Map(files.map(file => [file, readFileSync(join(src, file), 'utf8')]))

test('no file of src/ imports what its room may not', () => {
  expect(files).toContain('core/protocol/protocol.ts')
  expect([...sources].flatMap(([file, source]) => forbiddenImports(file, source))).toEqual([])
})

test('no files of src/ import each other in a circle', () => {
  expect(importCircles(sources)).toEqual([])
})

test('the page that explains the rooms has each of them', () => {
  const page = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8')
  for (const [name, { rooms }] of Object.entries(processes)) {
    const line = page.split('\n').find(text => text.startsWith(`| \`src/${name}\``)) ?? ''
    const shown = [...line.matchAll(/`([\w/]+)`/g)].map(match => match[1])
    expect(shown.filter(room => rooms.includes(room as string))).toEqual(rooms)
  }
})

test('an import that is turned round is refused in every pair of rooms', () => {
  for (const [name, { rooms }] of Object.entries(processes)) {
    for (const [at, room] of rooms.entries()) {
      const later = rooms.slice(at + 1).filter(other => !room.startsWith(other))
      for (const other of later) {
        const up = '../'.repeat(room.split('/').length + 1)
        const found = forbiddenImports(`${name}/${room}/file.ts`, `import type { A } from '${up}${name}/${other}/file'`)
        expect(found, `${name}: ${room} imports ${other}`).toHaveLength(1)
      }
    }
  }
})

test('a circle is found, also one of types', () => {
  const circle = new Map([
    ['core/base/a.ts', `import { b } from './b'`],
    ['core/base/b.ts', `import type { C } from './c'`],
    ['core/base/c.ts', `import type { A } from './a'`],
  ])
  expect(importCircles(circle)).toEqual([
    'core/base/a.ts imports core/base/b.ts imports core/base/c.ts imports core/base/a.ts.',
  ])
})

describe('the check refuses', () => {
  test.each([
    ['api.ts', `import type { A } from './core/jobs/job'`],
    ['core/jobs/job.ts', `import { readFileSync } from 'node:fs'`],
    ['core/jobs/job.ts', `import { createConnection } from 'vscode-jsonrpc/node'`],
    ['core/jobs/job.ts', `import { submit } from '../../api'`],
    ['core/jobs/job.ts', `export * from '../../service/store/store'`],
    ['core/jobs/job.ts', `import '../../webview/main'`],
    ['core/base/cut.ts', `import type { Job } from '../jobs/job'`],
    ['core/loose.ts', ''],
    ['run/job/runJob.ts', `import PQueue from 'p-queue'`],
    ['run/job/runJob.ts', `import type { Store } from '../../service/store/store'`],
    ['run/job/runJob.ts', `import { Task } from '../worker/task'`],
    ['service/main.ts', `import * as vscode from 'vscode'`],
    ['service/main.ts', `const vscode = require('vscode')`],
    ['service/main.ts', `import { html } from 'lit-html'`],
    ['service/store/store.ts', `import type { JobService } from '../jobService'`],
    ['client/api/publicApi.ts', `import * as vscode from 'vscode'`],
    ['client/api/publicApi.ts', `import { spawn } from 'node:child_process'`],
    ['client/api/publicApi.ts', `import { Store } from '../../service/store/store'`],
    ['client/connection/serviceClient.ts', `import type { Settings } from '../../extension/settings/settings'`],
    ['extension/commands/commands.ts', `import { spawn } from 'node:child_process'`],
    ['extension/commands/commands.ts', `import { Store } from '../../service/store/store'`],
    ['extension/settings/clientOptions.ts', `import { stateFolder } from '../../service/base/paths'`],
    ['extension/commands/commands.ts', `import {\n  runJob,\n  type Run,\n} from '../../run/job/runJob'`],
    ['extension/commands/commands.ts', `const { spawn } = await import('node:child_process')`],
    ['extension/commands/commands.ts', `import { readFileSync } from 'fs'`],
    ['webview/main.ts', `import { join } from 'node:path'`],
    ['webview/main.ts', `import { stateFolder } from '../service/base/paths'`],
    ['python/x.ts', ''],
  ])('%s: %s', (file, source) => {
    expect(forbiddenImports(file, source)).toHaveLength(1)
  })
})

describe('the check allows', () => {
  test.each([
    [
      'core/protocol/wire.ts',
      `import { Disposable } from 'vscode-jsonrpc'\nimport type { JobInfo } from '../../api'\nimport { x } from '../jobs/job'`,
    ],
    [
      'run/job/runJob.ts',
      `import { spawn } from 'node:child_process'\nimport { x } from '../../core/jobs/job'\nimport { y } from './runWatch'\nimport { z } from '../os/treeTermination'`,
    ],
    [
      'service/main.ts',
      `import PQueue from 'p-queue'\nimport { a } from 'vscode-jsonrpc/node'\nimport { b } from '../run/job/runJob'`,
    ],
    [
      'client/connection/startService.ts',
      `import { spawn } from 'node:child_process'\nimport { p } from '../../service/base/paths'`,
    ],
    ['extension/views/jobsView.ts', `import * as vscode from 'vscode'\nimport { c } from '../../client/api/publicApi'`],
    ['webview/tree/tree.ts', `import { repeat } from 'lit-html/directives/repeat.js'\nexport { rows } from './rows'`],
    ['webview/tree/tree.ts', `// we import nothing from 'node:fs'\nexport const from = 'node:fs'`],
  ])('%s: %s', (file, source) => {
    expect(forbiddenImports(file, source)).toEqual([])
  })
})
