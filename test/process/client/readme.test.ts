// The samples of the README compile against the public types as they are, and those about workers do what they say.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { transform } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { HeadlessJobsApi } from '../../../src/api'
import { numpyEnvironment } from '../../support/numpy'
import { makeTempState, type TempState } from '../../support/tempState'
import { openWindow, type TestWindow } from '../../support/window'

// inside of the project, so that its packages are found
let folder = ''
beforeAll(() => {
  folder = mkdtempSync(resolve('dist', 'readme-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const readme = readFileSync('README.md', 'utf8')
const samplesIn = (language: string, text = readme) =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(([, code = '']) => code)
const samples = samplesIn('ts')

function compile(name: string, code: string): string {
  const file = join(folder, name)
  writeFileSync(file, code)
  const options =
    '--noEmit --strict --skipLibCheck --target es2024 --module esnext --moduleResolution bundler --types node,vscode'
  const tsc = resolve('node_modules/typescript/bin/tsc')
  try {
    return execFileSync(process.execPath, [tsc, '--ignoreConfig', ...options.split(' '), file], { encoding: 'utf8' })
  } catch (error) {
    return (error as { stdout: string }).stdout
  }
}

const api = resolve('src/api')
const types = `import type { HeadlessJobsApi, HeadlessJobsExtension, NdArray, WorkerError } from '${api}'\n`

describe('the samples of the README', () => {
  it('compile, one after the other in one file', () => {
    expect(samples.length).toBeGreaterThanOrEqual(3)
    expect(compile('samples.ts', `${types}${samples.join('\n')}\nexport type Used = HeadlessJobsApi`)).toBe('')
  })

  it('would not compile if a name in them were wrong', () => {
    expect(compile('wrong.ts', `${types}declare const jobs: HeadlessJobsApi\njobs.submitt({ command: [] })`)).toContain(
      'submitt',
    )
  })

  it('have the types that stdout determines', () => {
    const code = `${types}import type { Job } from '${api}'
declare const jobs: HeadlessJobsApi
export const text: Job<string> = jobs.submit({ command: ['x'], stdout: 'text' })
export const bytes: Job<Uint8Array> = jobs.submit({ command: ['x'] })
export const json: Job<unknown> = jobs.submit({ command: ['x'], stdout: 'json' })
export const file: Job<string> = jobs.submit({ command: ['x'], stdout: { file: 'y' } })
export const made: Job<number> = jobs.submit({ command: ['x'], stdout: b => b.length })
export const later: Job<number> = jobs.submit({ command: ['x'], stdout: async b => b.length })
// @ts-expect-error a job of text is not one of bytes
export const wrong: Job<Uint8Array> = jobs.submit({ command: ['x'], stdout: 'text' })
`
    expect(compile('types.ts', code)).toBe('')
  })
})

const numpy = numpyEnvironment()

describe('the samples about workers', () => {
  const [, section = ''] = /^## Write a worker$(.*?)^## /ms.exec(readme) ?? []
  const [script = ''] = samplesIn('python', section)
  const [shell = ''] = samplesIn('sh', section)
  const [asJob = '', asWorker = '', inAnotherLanguage = ''] = samplesIn('ts', section)
  const [words = ''] = samplesIn('js', section)
  let workspace: string
  let state: TempState
  let window: TestWindow

  beforeAll(() => {
    workspace = join(folder, 'workspace')
    mkdirSync(workspace)
    writeFileSync(join(workspace, 'smooth.py'), script)
    writeFileSync(join(workspace, 'words.mjs'), words)
    symlinkSync(resolve('src'), join(workspace, 'src'), 'junction') // as in a clone
    state = makeTempState()
    window = openWindow(state.folder, { cwd: workspace, env: numpy ?? {} })
  })
  afterAll(async () => {
    window.client.dispose()
    await state.remove()
  })

  /** Runs samples as one piece of code with `jobs`, and returns what they log. */
  async function run(...code: string[]): Promise<unknown[][]> {
    const { code: plain } = await transform(`async function run(jobs, console) { ${code.join('\n')} }`, {
      loader: 'ts',
    })
    const logged: unknown[][] = []
    const sample = new Function(`${plain}; return run`)() as (jobs: HeadlessJobsApi, console: object) => Promise<void>
    await sample(window.api, { log: (...values: unknown[]) => void logged.push(values) })
    return logged
  }

  const floats = (shape: number[], ...numbers: number[]) => Object.assign(new Float32Array(numbers), { shape })

  it.skipIf(!numpy)('run from a shell as they are', () => {
    // where numpy lies beside python3, its folder comes after the one that the sample names
    const command = numpy?.PYTHONPATH ? shell.replace('PYTHONPATH=', `PYTHONPATH=${numpy.PYTHONPATH}:`) : shell
    const printed = execFileSync('sh', ['-c', command], { cwd: workspace, encoding: 'utf8', stdio: 'pipe' })
    expect(JSON.parse(printed)).toEqual({ rows: [[1, 1, 1, 0]] })
  })

  it.skipIf(!numpy)('run as a job, with progress and an array that has its shape', async () => {
    const logged = await run(asJob)
    expect(logged.at(-2)).toEqual([1, 'row 2'])
    expect(logged.at(-1)).toEqual([[2, 4], floats([2, 4], 1, 1, 1, 0, 0, 2, 2, 2)])
  })

  it.skipIf(!numpy)('run as a worker, whose handler may raise', async () => {
    const logged = await run(asJob, asWorker)
    expect(logged).toContainEqual([{ rows: floats([2, 4], 0, 1.5, 1.5, 0, 0, 0, 3, 3) }])
    expect(logged.filter(([text]) => `${text}`.includes('rows are smooth'))).toHaveLength(1)
    expect(logged).toContainEqual(['handler', 'The width must be from 1 to 4.'])
    expect(logged.at(-1)).toEqual(['It has ended.'])
  })

  it('run in another language', async () => {
    expect(await run(inAnotherLanguage)).toEqual([[6]])
  })

  it('say what is wrong in another language', async () => {
    const wrong = inAnotherLanguage.replace("value: 'to be or not to be'", 'value: 7')
    expect(await run(`${wrong}; console.log(words.error.message)`)).toEqual([['The input is no text.']])
  })
})

it('the samples of the examples run from a shell', () => {
  const folder = resolve('examples')
  const code = samplesIn('sh', readFileSync(join(folder, 'README.md'), 'utf8')).join('')
  const printed = execFileSync('sh', ['-ec', code], { cwd: folder, encoding: 'utf8', stdio: 'pipe' })
  const [noisy = '', smooth = '', ...answers] = printed.trim().split('\n')
  expect(JSON.parse(noisy).vertices).toHaveLength(6)
  expect(JSON.parse(smooth).volume[1][1][1]).toBe(1)
  expect(answers.map(line => JSON.parse(line))).toEqual([
    { hello: 1 },
    { id: 1, value: { to: 2, be: 2, or: 1, not: 1 } },
    { hello: 1 },
    { id: 1, value: [2, 3, 5, 7, 11, 13, 17, 19, 23, 29] },
  ])
})
