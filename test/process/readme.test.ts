// The samples of the README compile against the public types as they are.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'

// inside of the project, so that its packages are found
const folder = mkdtempSync(resolve('dist', 'readme-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const samples = [...readFileSync('README.md', 'utf8').matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code = '']) => code)

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
const types = `import type { HeadlessJobsApi, HeadlessJobsExtension } from '${api}'\n`

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

  it('have the types that stdout says', () => {
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
