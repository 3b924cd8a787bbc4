// A window beside the one of VS Code, without VS Code: of the same folder, for jobs that a test submits.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { stateFolder } from '../../src/service/base/paths'
import { root } from '../support/tools'
import { openWindow, type TestWindow, type WindowOptions } from '../support/window'
import type { Workbench } from './workbench'

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }

/** As the palette of that window submits: by this extension. */
export function openBeside(workbench: Workbench, options: WindowOptions = {}): TestWindow {
  return openWindow(stateFolder('', workbench.state.env), {
    version,
    cwd: workbench.workspace,
    workspace: workbench.workspaceKey,
    owner: 'headless-jobs.headless-jobs',
    ...options,
  })
}
