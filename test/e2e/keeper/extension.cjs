// Another extension, whose results survive what happens to its window. Nothing activates it but its commands and whoever has
// a result for it. What it does stands in files of the workspace, one line of JSON each time: test/e2e/keeper.ts reads them.
const { appendFileSync } = require('node:fs')
const { join } = require('node:path')
const vscode = require('vscode')

const JOBS = 6
const OF_JOB = 'headless-jobs-test.keeper/job'
const OF_BATCH = 'headless-jobs-test.keeper/batch'

exports.activate = async context => {
  const headlessJobs = await vscode.extensions.getExtension('headless-jobs.headless-jobs').activate()
  const api = headlessJobs.getApi(1, { extensionId: context.extension.id })
  note('activations', { pid: process.pid })
  context.subscriptions.push(
    api.registerResultHandler(OF_JOB, async ({ id, state, value }, context) => {
      await new Promise(resolve => setTimeout(resolve, 10)) // a handler that returns late
      note('results', { id, state, value, context })
    }),
    api.registerResultHandler(OF_BATCH, ({ counts }, context) => note('results', { counts, context })),
    vscode.commands.registerCommand('keeper.submit', () => submit(api)),
    vscode.commands.registerCommand('keeper.tryAll', () => tryAll(api)),
  )
}

function note(file, fact) {
  const [folder] = vscode.workspace.workspaceFolders
  appendFileSync(join(folder.uri.fsPath, `${file}.jsonl`), `${JSON.stringify(fact)}\n`)
}

/** Each job ends when a file of its number is there. */
function submit(api) {
  const script = 'until [ -e "go-$0" ]; do sleep 0.05; done; echo "{ \\"n\\": $0 }"'
  const specs = Array.from({ length: JOBS }, (_, n) => ({
    name: `keep ${n}`,
    command: ['sh', '-c', script, String(n)],
    stdout: n % 2 === 0 ? 'json' : 'text',
    resultHandler: { id: OF_JOB, context: { n } },
  }))
  const batch = api.submitBatch(specs, { name: 'kept', resultHandler: { id: OF_BATCH, context: { batch: true } } })
  note('submitted', { batch: batch.id, jobs: batch.jobs.map(({ id }) => id) })
}

/** Everything by which an extension could start a process, each with what came of it. */
async function tryAll(api) {
  const spec = { command: ['touch', 'started'], resultHandler: { id: OF_JOB } }
  const ended = async ({ result }) => (await result).error?.message ?? 'it has run'
  const opened = () => {
    const batch = api.openBatch()
    const job = batch.add(spec)
    batch.close()
    return ended(job)
  }
  const tries = {
    submit: () => ended(api.submit(spec)),
    submitBatch: () => ended(api.submitBatch([spec]).jobs[0]),
    openBatch: opened,
    rerun: () => api.rerun({ all: true }).then(jobs => `${jobs.length} run again`),
    startWorker: async () => {
      const answer = await api.startWorker({ command: ['sh', '-c', 'touch started; exec cat'] }).request('x')
      return `it has answered ${answer}`
    },
    registerInputHandler: async () => {
      api.registerInputHandler('headless-jobs-test.keeper/input', () => 'input').dispose()
      return 'registered'
    },
    registerResultHandler: async () => {
      api.registerResultHandler('headless-jobs-test.keeper/other', () => undefined).dispose()
      return 'registered'
    },
  }
  for (const [way, attempt] of Object.entries(tries))
    note('tried', { way, outcome: await attempt().catch(error => error.message) })
  note('tried', { way: 'all', outcome: 'done' })
}
