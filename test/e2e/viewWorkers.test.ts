// A person follows a script that is kept alive: its progress, its warm worker, and the ways to stop that.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { isAlive } from '../support/tempState'
import { until } from '../support/until'
import { findings } from './accessibility'
import { JobsView } from './jobsView'
import { textOf, UI_LIMIT_MS } from './quickInput'
import { openWorkbench, type Workbench } from './workbench'

/** Reports that it is half way, and answers once a file is there. */
const script = `import json, os, sys, time
print('{"hello": 1}', flush=True)
for line in sys.stdin:
    message = json.loads(line)
    print(json.dumps({"id": message["id"], "progress": 0.5, "message": "half way"}), flush=True)
    while not os.path.exists("go"):
        time.sleep(0.05)
    print(json.dumps({"id": message["id"], "value": message["value"]}), flush=True)
`

/** No question of the palette is about kept-alive scripts; a user's key may submit any job. */
const key = { shown: 'ctrl+alt+k', pressed: 'Control+Alt+KeyK' }
const spec = { name: 'segment', command: ['python3', 'segment.py'], protocol: 'lines', keepAlive: { max: 1 } }

let workbench: Workbench
let view: JobsView

beforeAll(async () => {
  workbench = await openWorkbench({
    files: { 'segment.py': script },
    keybindings: [{ key: key.shown, command: 'headlessJobs.submit', args: { ...spec, stdin: { value: 1 } } }],
  })
})
afterAll(() => workbench?.close())
beforeEach(async () => {
  rmSync(join(workbench.workspace, 'go'), { force: true })
  await workbench.reset()
  view = await JobsView.openEmpty(workbench)
})
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await workbench.screenshot(`failed-viewWorkers-${task.name.slice(0, 20)}`)
})

async function submit(): Promise<void> {
  const before = await view.rows.count()
  await workbench.pressKey(key.pressed, async () => (await view.rows.count()) > before, 'one more job')
}

const line = () => view.workers.getByRole('button', { name: /warm worker/ })
const worker = () => view.workers.getByRole('treeitem')

async function waitForLine(text: string): Promise<void> {
  await until(async () => (await textOf(line())) === text, UI_LIMIT_MS, `workers that are shown as ${text}`)
}

/** Resolves when the worker is idle and has done at least so many jobs. */
async function waitForIdle(atLeast: number): Promise<{ done: number; pid: number }> {
  const facts = async () => {
    const [, done, pid] = /^idle, (\d+) done, pid (\d+)$/.exec(await textOf(worker().locator('.description'))) ?? []
    return Number(done) >= atLeast && { done: Number(done), pid: Number(pid) }
  }
  return until(facts, UI_LIMIT_MS, `an idle worker that has done ${atLeast}`)
}

/** One worker that has done its first job, in a list that is unfolded. */
async function warmWorker(): Promise<{ done: number; pid: number }> {
  workbench.writeFiles({ go: '' })
  await submit()
  await line().waitFor({ timeout: UI_LIMIT_MS })
  if ((await line().getAttribute('aria-expanded')) === 'false') await line().click()
  return waitForIdle(1)
}

test('a job shows its progress and its worker, which is warm for the next one', async () => {
  await submit()
  await view.row('segment').waitForDescription(/^50%, half way$/)
  await waitForLine('1 warm worker, 1 busy')
  workbench.writeFiles({ go: '' })
  await view.row('segment').waitFor('succeeded')
  await waitForLine('1 warm worker')
  const { done, pid } = await warmWorker()
  await submit()
  expect((await waitForIdle(done + 1)).pid).toBe(pid)
  expect(isAlive(pid)).toBe(true)
})

test('with its workers the view has no serious fault of accessibility', async () => {
  await warmWorker()
  await workbench.screenshot('workers')
  expect(await findings(await view.frame())).toEqual([])
})

test('the Delete key stops the worker, and its process is gone', async () => {
  const { pid } = await warmWorker()
  await view.workers.getByRole('tree').press('Delete')
  await view.workers.waitFor({ state: 'detached' })
  await until(() => !isAlive(pid), UI_LIMIT_MS, 'the end of the process')
})

test('the command stops all, and a message is shown when there are none', async () => {
  const { pid } = await warmWorker()
  await workbench.command('Headless Jobs: Stop Warm Workers')
  await view.workers.waitFor({ state: 'detached' })
  await until(() => !isAlive(pid), UI_LIMIT_MS, 'the end of the process')
  await workbench.command('Headless Jobs: Stop Warm Workers')
  await workbench.notifications.waitFor(/There is no warm worker to stop/)
})
