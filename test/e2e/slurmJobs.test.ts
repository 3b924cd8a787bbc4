// A person sees what becomes of jobs that are jobs of Slurm, on a cluster that others use: why they wait, and what can be done to them.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { readRecord, stateFolder, statePaths } from '../../src/service/base/paths'
import { hasSlurm, startSlurm, type TestSlurm } from '../support/slurm'
import { until } from '../support/until'
import { findings } from './accessibility'
import { JobsView } from './jobsView'
import { UI_LIMIT_MS } from './quickInput'
import { runOnFiles } from './runOnFiles'
import { openWorkbench, type Workbench } from './workbench'

const FILES = Number(process.env.HEADLESS_JOBS_SLURM_FILES ?? 20)

describe.runIf(hasSlurm)('jobs of Slurm', () => {
  let slurm: TestSlurm
  let workbench: Workbench
  let view: JobsView
  beforeAll(async () => {
    slurm = await startSlurm()
    process.env.SLURM_CONF = slurm.config
    process.env.HEADLESS_JOBS_SLURM_SECONDS = '0.3'
    workbench = await openWorkbench({
      files: {
        ...Object.fromEntries(
          Array.from({ length: FILES }, (_, i) => [`sub-${String(i + 1).padStart(2, '0')}.csv`, `${i}\n`]),
        ),
        'sub-01.txt': '1\n',
        'sub-02.txt': '2\n',
        'nap.sh': 'sleep 600\n',
        'check.sh':
          'echo >> "$1.began"; case $1 in *sub-0[37]*) echo "bad header in $1" >&2; exit 1;; esac\nwhile ! test -e go; do sleep 0.1; done; wc -c "$1"\n',
      },
      settings: {
        'headlessJobs.queues': {
          cluster: { kind: 'slurm', mode: 'jobs', node: process.execPath, folder: slurm.folder },
        },
      },
    })
  })
  afterAll(async () => {
    await workbench?.close()
    await slurm?.remove()
    delete process.env.SLURM_CONF
    delete process.env.HEADLESS_JOBS_SLURM_SECONDS
  })

  beforeEach(async () => {
    await workbench.reset()
    view = await JobsView.openEmpty(workbench)
  })

  test('say why they wait while others have the node, and run when it is free', async () => {
    const blocker = slurm.run('sbatch', '--parsable', '--exclusive', '--output=/dev/null', '--wrap=sleep 600').trim()
    await runOnFiles(workbench, { command: 'wc -c', files: 2, queue: 'cluster', name: 'subjects' })
    const first = view.row('sub-01.txt')
    await view.row('subjects').element.waitFor({ timeout: UI_LIMIT_MS })
    await view.row('subjects').expand()
    await first.waitForDescription(/^waits for Slurm \(Resources\)/)
    expect(await first.state()).toBe('queued')
    expect(await first.tooltip()).toMatch(/\nSlurm: job \d+_0, PENDING \(Resources\)/)
    await first.select()
    await view.details.getByText(/^job \d+_0, PENDING/).waitFor({ timeout: UI_LIMIT_MS })
    await view.page.getByRole('button', { name: '2 queues' }).click()
    const queue = view.page.getByRole('treeitem', { name: /^cluster, queue/ })
    await queue.getByText(/2 wait in Slurm \(/).waitFor({ timeout: UI_LIMIT_MS })
    await workbench.screenshot('slurm-waits')
    expect(await findings(await view.frame())).toEqual([])

    slurm.run('scancel', blocker)
    await view.row('subjects').waitFor('succeeded')
    await first.waitForDescription(/^succeeded/)
    expect(await first.tooltip()).toMatch(/\nSlurm: job \d+_0(\n|$)/)
    await until(() => slurm.jobs().length === 0, UI_LIMIT_MS, 'a cluster without jobs')
  })

  test('are listed, and cancelled after a question', async () => {
    const { dialog, quickInput } = workbench
    await runOnFiles(workbench, { command: 'sh nap.sh', files: 2, queue: 'cluster', name: 'naps' })
    await view.row('naps').element.waitFor({ timeout: UI_LIMIT_MS })
    await view.row('naps').expand()
    await view.row('sub-02.txt').waitForDescription(/^running, on /)
    await workbench.command('Headless Jobs: Show Slurm Jobs…')
    await quickInput.waitForTitle('Slurm Jobs of Headless Jobs')
    await workbench.screenshot('slurm-jobs-listed')
    await quickInput.pick(/Jobs \d/)
    expect(await dialog.text()).toMatch(/^Cancel the jobs \d+ of Slurm\?.*Your jobs in it are cancelled: /s)
    await workbench.screenshot('slurm-jobs-question')
    await dialog.press('Cancel 2 Jobs')
    await view.row('naps').waitFor('cancelled')
    await until(() => slurm.jobs().length === 0, UI_LIMIT_MS, 'a cluster without jobs')
  })

  test('go on through a reload and a killed service, and each has begun once', async () => {
    await runOnFiles(workbench, {
      command: 'sh check.sh',
      files: FILES,
      pattern: '*.csv',
      queue: 'cluster',
      name: 'subjects',
    })
    const header = async () => (await view.summary.textContent())?.replace(/\s+/g, ' ').trim() ?? ''
    await until(async () => /^8 running.*2 failed/.test(await header()), UI_LIMIT_MS, 'as many as there are cores')
    await workbench.screenshot('slurm-jobs-running')
    await workbench.reload()
    await JobsView.open(workbench)
    const service = readRecord(statePaths(stateFolder('', workbench.state.env)))?.pid ?? 0
    process.kill(service, 'SIGKILL')
    workbench.writeFiles({ go: '' })
    await view.row('subjects').waitFor('failed')
    const ended = `2 failed, ${FILES - 2} succeeded`
    await until(async () => (await header()) === ended, UI_LIMIT_MS, 'the end of all, and none lost')
    await workbench.screenshot('slurm-jobs-ended')
    const began = readdirSync(workbench.workspace).filter(name => name.endsWith('.began'))
    expect(began).toHaveLength(FILES)
    for (const name of began) expect(readFileSync(join(workbench.workspace, name), 'utf8')).toBe('\n')
  })
})
