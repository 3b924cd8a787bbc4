// What follows where a program does not say where the service keeps its things and which version it is.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { resolveOptions } from '../../../src/client/base/clientOptions'
import { stateFolder } from '../../../src/service/base/paths'
import { root } from '../../support/tools'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hj-options-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const given = { workspace: '', window: 'a test', log: () => undefined }
const ours = join(root, 'dist/service.cjs')

/** A bundle in the package of somebody, which need not be there itself. */
function bundleIn(name: string, packageJson: object): string {
  mkdirSync(join(folder, name))
  writeFileSync(join(folder, name, 'package.json'), JSON.stringify(packageJson))
  return join(folder, name, 'dist/service.cjs')
}

test('without a folder it is that of this user and machine, as with an empty setting', () => {
  expect(resolveOptions({ ...given, bundle: ours }).stateFolder).toBe(stateFolder())
  expect(resolveOptions({ ...given, bundle: ours, stateFolder: '' }).stateFolder).toBe(stateFolder())
  expect(resolveOptions({ ...given, bundle: ours, stateFolder: folder }).stateFolder).toBe(folder)
})

test('without a version it is that of the package of the bundle', () => {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
  expect(resolveOptions({ ...given, bundle: ours }).version).toBe(version)
  const other = bundleIn('later', { name: 'headless-jobs', version: '7.8.9' })
  expect(resolveOptions({ ...given, bundle: other }).version).toBe('7.8.9')
  expect(resolveOptions({ ...given, bundle: other, version: '1.2.3' }).version).toBe('1.2.3')
})

test('the version of another program is never taken for it', () => {
  const foreign = bundleIn('foreign', { name: 'an-app', version: '5.0.0' })
  expect(() => resolveOptions({ ...given, bundle: foreign })).toThrow('is not that of headless-jobs')
  expect(() => resolveOptions({ ...given, bundle: bundleIn('nameless', {}) })).toThrow('give it in the options')
  expect(() => resolveOptions({ ...given, bundle: join(folder, 'none/dist/service.cjs') })).toThrow('ENOENT')
})
