// The file of an array of jobs of Slurm: each job finds its own part.
import { expect, it } from 'vitest'
import {
  ARRAY_OFFSET,
  arrayRecord,
  NO_RECORD,
  RECORD_BYTES,
  readArrayRecord,
  readRecord,
  readStatusName,
  recordOffset,
  statusFile,
  writeArray,
} from '../../../src/run/base/taskFiles'

const task = (id: string, shell: string) => ({
  id,
  messages: [{ type: 'ownEnvironment', environment: 1, changes: { shell } }] as const,
})
const lineAt = (bytes: Buffer, offset: number) => bytes.subarray(offset, offset + RECORD_BYTES)

it('has the messages of each job, also when they are not ASCII', () => {
  const tasks = [task('01a22119-5c91-7000-8df6-c99dc61d7658', 'äöü'), task('b', ''), task('c', '\u{1F600}')]
  const bytes = writeArray(tasks)
  expect(readArrayRecord(lineAt(bytes, ARRAY_OFFSET))).toEqual({ count: 3 })
  for (const [index, { id, messages }] of tasks.entries()) {
    const found = readRecord(lineAt(bytes, recordOffset(index)))
    if (!found) throw new Error('no record')
    expect(found.id).toBe(id)
    expect(JSON.parse(bytes.subarray(found.offset, found.offset + found.bytes).toString())).toEqual(messages)
  }
})

it('says of a job that it is not to begin, and what Slurm calls all of them, in as much room', () => {
  const bytes = writeArray([task('a', ''), task('b', '')])
  NO_RECORD.copy(bytes, recordOffset(0))
  arrayRecord(2, '4711').copy(bytes, ARRAY_OFFSET)
  expect(readRecord(lineAt(bytes, recordOffset(0)))).toBeUndefined()
  expect(readRecord(lineAt(bytes, recordOffset(1)))).toMatchObject({ id: 'b' })
  expect(readArrayRecord(lineAt(bytes, ARRAY_OFFSET))).toEqual({ count: 2, id: '4711' })
  expect(readArrayRecord(Buffer.from('damaged'))).toEqual({ count: 0, id: undefined })
})

it('what becomes of a job is in a file that names its array and its place', () => {
  expect(readStatusName(statusFile('01ab', 12))).toEqual({ array: '01ab', index: 12 })
  expect(readStatusName('01ab-12.json.3f')).toBeUndefined()
})
