// A person runs a command over files on a Slurm cluster: through a reload and a killed job service, and ends what it holds of the cluster.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readRecord, stateFolder, statePaths } from '../../src/service/base/paths'
import { hasSlurm, startSlurm, type TestSlurm } from '../support/slurm'
import { until } from '../support/until'
import { findings } from './accessibility'
import { JobsView } from './jobsView'
import { UI_LIMIT_MS } from './quickInput'
import { runOnFiles } from './runOnFiles'
import { openWorkbench, type Workbench } from './workbench'

const FILES = Number(process.env.HEADLESS_JOBS_SLURM_FILES ?? 20)
const waits = 'while ! test -e go; do sleep 0.1; done'

describe.runIf(hasSlurm)('on a Slurm cluster', () => {
  let slurm: TestSlurm
  let workbench: Workbench
  beforeAll(async () => {
    slurm = await startSlurm()
    process.env.SLURM_CONF = slurm.config
    const names = Array.from({ length: FILES }, (_, index) => `sub-${String(index + 1).padStart(2, '0')}.txt`)
    workbench = await openWorkbench({
      files: {
        ...Object.fromEntries(names.map(name => [name, `${name}\n`])),
        'check.sh': `case $1 in *sub-0[37]*) echo "bad header in $1" >&2; exit 1;; *-1*) ${waits};; esac\nwc -c "$1"\n`,
      },
      settings: {
        'headlessJobs.queues': {
          cluster: { kind: 'slurm', slots: 2, node: process.execPath, allocations: { max: 2, idleSeconds: 600 } },
        },
      },
    })
  })
  afterAll(async () => {
    await workbench?.close()
    await slurm?.remove()
    delete process.env.SLURM_CONF
  })

  test('files are run through a reload and a killed service, and what is held of the cluster is listed and ended', async () => {
    const { quickInput } = workbench
    const view = await JobsView.open(workbench)
    await runOnFiles(workbench, { command: 'sh check.sh', files: FILES, queue: 'cluster', name: 'subjects' })
    const header = async () => (await view.summary.textContent())?.replace(/\s+/g, ' ').trim() ?? ''
    await until(async () => (await header()).startsWith('4 running'), UI_LIMIT_MS, 'jobs in two allocations')
    await workbench.screenshot('slurm-running')

    await workbench.command('Headless Jobs: Show Slurm Jobs…')
    await quickInput.waitForTitle('Slurm Jobs of Headless Jobs')
    expect(await quickInput.items()).toHaveLength(2)
    await workbench.screenshot('slurm-jobs')
    await quickInput.cancel()

    const allocations = view.page.getByRole('region', { name: 'Allocations' })
    await allocations.getByRole('button', { name: '2 allocations' }).click()
    const rows = allocations.getByRole('treeitem')
    await until(async () => (await rows.allTextContents()).length === 2, UI_LIMIT_MS, 'a row for each')
    for (const row of await rows.all()) {
      expect(await row.getAttribute('aria-label')).toMatch(/^Allocation \d+, running on \S+, \d+[hm] left, cluster$/)
      expect(await row.getAttribute('title')).toMatch(
        /^Allocation \d+\nState: running on \S+\n.*2 of 2 slots in use\nEnds: /s,
      )
    }
    expect(await findings(await view.frame())).toEqual([])
    await workbench.screenshot('slurm-allocations')

    await workbench.reload()
    await JobsView.open(workbench)
    const service = readRecord(statePaths(stateFolder('', workbench.state.env)))?.pid ?? 0
    process.kill(service, 'SIGKILL')
    workbench.writeFiles({ go: '' })
    await view.page.locator('.banner').getByRole('button', { name: 'Resume' }).click({ timeout: UI_LIMIT_MS }) // what had waited
    await view.row('subjects').waitFor('failed')
    await until(
      async () => (await header()) === `2 failed, ${FILES - 2} succeeded`,
      UI_LIMIT_MS,
      'the end of all, and none lost',
    )
    await workbench.screenshot('slurm-ended')

    await workbench.command('Headless Jobs: Show Slurm Jobs…')
    await quickInput.waitForTitle('Slurm Jobs of Headless Jobs')
    await quickInput.pick(/Allocation \d/)
    await until(() => slurm.jobs().length === 1, UI_LIMIT_MS, 'one allocation that is left')
    const fold = allocations.getByRole('button', { name: '1 allocation' })
    if ((await fold.getAttribute('aria-expanded', { timeout: UI_LIMIT_MS })) === 'false') await fold.click() // VS Code keeps that now and then alone
    await until(async () => (await rows.count()) === 1, UI_LIMIT_MS, 'its row')
    await rows.click()
    await workbench.screenshot('slurm-allocation-left')
    await workbench.page.keyboard.press('Delete')
    await until(() => slurm.jobs().length === 0, UI_LIMIT_MS, 'a cluster without jobs')
    await allocations.waitFor({ state: 'detached', timeout: UI_LIMIT_MS })
  })
})
