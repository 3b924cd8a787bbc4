// Jobs and batches on their way to the job service, which is played here: what becomes of them when it refuses or is not there.
import { expect, it } from 'vitest'
import type { ServiceClient } from '../../../src/client/connection/serviceClient'
import { RefusedError, TooLargeError } from '../../../src/client/connection/serviceConnection'
import { JobHandle, type JobSource } from '../../../src/client/jobs/jobHandle'
import { Outbox } from '../../../src/client/jobs/outbox'
import type { ServiceApi } from '../../../src/core/protocol/protocol'

const folders = { spool: '/nowhere', arrays: '/nowhere' }
const source = { hub: {}, owner: { id: 'test.window', resultsInHistory: false } } as JobSource<unknown>
const job = (name: string) => new JobHandle(source, { command: ['true'], cwd: '/', name })

/** An outbox for such a service; what has become of each job stands in `outcomes`. */
function sendingTo(service: Partial<ServiceApi>) {
  const outcomes: string[] = []
  const onDidConnect = () => undefined
  const client = { service, folders, isDisposed: false, connect: async () => true, onDidConnect }
  const outbox = new Outbox(
    client as unknown as ServiceClient,
    { defaultCwd: () => '/', folders },
    {
      register: () => undefined,
      accepted: ({ spec }) => void outcomes.push(`${spec.name} accepted`),
      refused: ({ spec }, why) => void outcomes.push(`${spec.name} refused: ${why}`),
      log: () => undefined,
    },
  )
  return { outbox, outcomes }
}

it('of a list that goes in two, what was accepted is, though the rest is refused', async () => {
  const submit: ServiceApi['submit'] = async ({ jobs }) => {
    if (jobs.length > 2) throw new TooLargeError('too large')
    if (jobs.some(({ name }) => name === 'd')) throw new RefusedError('the disk is full')
  }
  const { outbox, outcomes } = sendingTo({ submit })
  for (const name of ['a', 'b', 'c', 'd']) outbox.add(job(name))
  await outbox.flushed()
  expect(outcomes).toEqual(['a accepted', 'b accepted', 'c refused: the disk is full', 'd refused: the disk is full'])
})
