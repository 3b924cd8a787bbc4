// The arrays that an earlier job service has left in the folder of the cluster.
import {
  ARRAY_ENDING,
  ARRAY_OFFSET,
  RECORD_BYTES,
  readArrayRecord,
  readRecord,
  recordOffset,
} from '../../run/base/taskFiles'
import type { ClusterFolder } from './clusterFolder'
import { TaskArray } from './taskArray'

export interface EarlierTask {
  /** Of the job. */
  readonly id: string
  readonly array: TaskArray
  readonly index: number
}

/** @returns the arrays, and what may still have to be known; of a job that is in several, the last one is under way */
export async function readEarlierArrays(folder: ClusterFolder): Promise<{
  arrays: readonly TaskArray[]
  tasks: readonly EarlierTask[]
  /** Which the service has ended with since. */
  old: readonly EarlierTask[]
}> {
  const { files, path } = folder
  const names = (await files.find(path, [`*${ARRAY_ENDING}`])).map(file => file.path)
  const arrays: TaskArray[] = []
  const last = new Map<string, EarlierTask>()
  const old: EarlierTask[] = []
  for (const name of names.sort()) {
    const file = `${path}/${name}`
    const { count, id } = readArrayRecord(await files.readPart(file, ARRAY_OFFSET, RECORD_BYTES))
    const lines = await files.readPart(file, recordOffset(0), count * RECORD_BYTES)
    const array = new TaskArray(name.slice(0, -ARRAY_ENDING.length), new Array(count), folder, id)
    arrays.push(array)
    for (let index = 0; index < count; index++) {
      const record = readRecord(lines.subarray(index * RECORD_BYTES, (index + 1) * RECORD_BYTES))
      if (!record) continue
      const before = last.get(record.id)
      if (before) old.push(before)
      last.set(record.id, { id: record.id, array, index })
    }
  }
  return { arrays, tasks: [...last.values()], old }
}
