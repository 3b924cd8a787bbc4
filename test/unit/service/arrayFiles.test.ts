// The files of large arrays that were given to a request, in folders of the test's own.
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { storeValue } from '../../../src/client/values/values'
import { makeFolders, type StatePaths, statePaths } from '../../../src/service/base/paths'
import { ArrayFiles } from '../../../src/service/state/arrayFiles'
import { jobRecord } from '../../support/jobRecord'
import { makeTempState, type TempState } from '../../support/tempState'

vi.mock('node:fs/promises', async importOriginal => {
  const original = await importOriginal<typeof import('node:fs/promises')>()
  return { ...original, readdir: vi.fn(original.readdir) }
})

/** Small ones travel with the value, these do not. */
const LARGE = 1024 * 1024 + 1

let state: TempState
let paths: StatePaths
beforeEach(() => {
  state = makeTempState()
  paths = statePaths(state.folder)
  makeFolders(paths)
})
afterEach(() => state.remove())

const names = () => [paths.arrays, paths.spool].flatMap(folder => (existsSync(folder) ? readdirSync(folder) : []))

it('are removed by their names, however many others are there', async () => {
  const [request, other] = [1, 2].map(seq => jobRecord(seq).id) as [string, string]
  const value = [new Uint8Array(100_000), new Uint8Array(LARGE), new Uint8Array(1), new Uint8Array(LARGE)]
  for (const id of [request, other]) await storeValue(value, id, 'frames', paths)
  const files = names().length
  vi.mocked(readdir).mockClear()
  await new ArrayFiles(paths).forgetInputs(request)
  expect(readdir).not.toHaveBeenCalled()
  expect(names().length).toBe(files / 2)
  expect(names().filter(name => name.startsWith(request))).toEqual([])
})

it('of a request whose id is none nothing is removed', async () => {
  const file = join(paths.state, 'mine.in')
  writeFileSync(file, '')
  await new ArrayFiles(paths).forgetInputs('../mine')
  expect(existsSync(file)).toBe(true)
})
