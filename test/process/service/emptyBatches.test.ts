// A batch without jobs leaves the list with a clear, whichever comes first.
import { expect, it } from 'vitest'
import { uuidv7 } from '../../../src/core/base/uuid'
import { serviceForAll } from '../../support/testService'
import { until } from '../../support/until'
import type { TestWindow } from '../../support/window'

let window: TestWindow
serviceForAll(given => ({ window } = given), {})

const clear = (more: object = {}) =>
  window.client.service.clear({ filter: { all: true, states: ['succeeded'], ...more }, unsaved: 'delete' })

async function names(): Promise<string[]> {
  const rows = await window.client.service.watchRows({ id: 'v', query: { from: 0, count: 9, expanded: [] } })
  return (rows?.rows ?? []).map(row => (row.kind === 'batch' ? row.batch.name : row.kind))
}

it('one that was cleared while it was open leaves it when it is closed', async () => {
  const batch = window.api.openBatch({ name: 'open' })
  await batch.add({ command: ['true'] }).result
  expect(await clear()).toMatchObject({ cleared: 1 })
  expect(await names()).toEqual(['open'])
  batch.close()
  await until(async () => (await names()).length === 0, 20_000, 'an empty list')
})

it('one that is closed and then cleared leaves it at once', async () => {
  const batch = window.api.openBatch({ name: 'closed' })
  await batch.add({ command: ['true'] }).result
  batch.close()
  const isSealed = async () => (await window.client.service.getBatch({ id: batch.id }))?.sealed === 'complete'
  await until(isSealed, 20_000, 'a batch that is complete')
  await clear()
  expect(await names()).toEqual([])
})

it('one that never had a job leaves it with the next clear of all, or of it', async () => {
  const { client } = window
  const empty = async (name: string) => {
    const batch = { id: uuidv7(), name }
    await client.service.submit({ owner: 'x.y', environment: client.environmentHash, batch, jobs: [] })
    await client.service.sealBatch({ id: batch.id, sealed: 'complete' })
    return batch.id
  }
  await empty('first')
  const second = await empty('second')
  await empty('third')
  expect(await names()).toEqual(['third', 'second', 'first'])
  await client.service.clear({ filter: { batchId: second }, unsaved: 'delete' })
  expect(await names()).toEqual(['third', 'first'])
  await client.service.clear({ filter: { all: true, owner: 'z.z' }, unsaved: 'delete' })
  expect(await names()).toEqual(['third', 'first'])
  await clear()
  expect(await names()).toEqual([])
})
