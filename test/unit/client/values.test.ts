// Values as a window sends them: what is in the message, and what in files beside it.
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { JobInput } from '../../../src/api'
import { storeJobInput } from '../../../src/client/values/jobInput'
import { readValue, storeValue, type ValueFolders } from '../../../src/client/values/values'
import { uuidv7 } from '../../../src/core/base/uuid'
import type { StoredBytes } from '../../../src/core/values/storedBytes'

const MiB = 1024 * 1024

let folders: ValueFolders
beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), 'hj-'))
  folders = { spool: join(folder, 'spool'), arrays: join(folder, 'arrays') }
  for (const path of Object.values(folders)) mkdirSync(path)
})
afterEach(() => rmSync(join(folders.spool, '..'), { recursive: true }))

const files = () => Object.values(folders).flatMap(folder => readdirSync(folder))

it('any number of small arrays can be sent: what would fill the message goes into files', async () => {
  const slice = new Uint8Array(MiB).fill(7)
  const id = uuidv7()
  const stored = await storeValue(Array(300).fill(slice), id, 'frames', folders)
  expect(stored).toMatchObject({ arrays: true })
  expect(files().length).toBeGreaterThan(100)
  const read = (await readValue(stored as StoredBytes, 'frames', folders)) as Uint8Array[]
  expect(read).toHaveLength(300)
  expect(read.every(array => Buffer.compare(array, slice) === 0)).toBe(true)
})

const large = new Uint8Array(2 * MiB)
const text = 'x'.repeat(200_000)

it.each([
  ['a text', undefined, text, ['spool/ID.in']],
  ['a value', 'lines', { value: text }, ['spool/ID.in']],
  ['a value beside its arrays', 'frames', { value: [text, large] }, ['spool/ID.in']],
  ['an array', 'frames', { value: [text, large, large] }, ['spool/ID.in1.array', 'arrays/ID.in1.array']],
] as const)('what cannot be written leaves nothing: %s', async (_, protocol, input, full) => {
  const id = uuidv7()
  for (const file of full) symlinkSync('/dev/full', join(folders.spool, '..', file.replace('ID', id)))
  await expect(storeJobInput(input as JobInput, { id, protocol }, folders)).rejects.toThrow(/ENOSPC|EACCES|EPERM/)
  expect(files()).toEqual([])
})
