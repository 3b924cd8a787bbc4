// A warm worker elsewhere whose connection is lost before it has begun is no crash of its program: its jobs wait again.
import { expect, it } from 'vitest'
import type { RunEnd, RunSpec } from '../../../src/run/base/runTypes'
import { LeftFiles } from '../../../src/service/files/leftFiles'
import { RemoteFiles } from '../../../src/service/files/remoteFiles'
import { PoolWorker } from '../../../src/service/pools/poolWorker'
import type { Connection } from '../../../src/service/remote/remoteConnection'
import { RemoteWorkers } from '../../../src/service/remote/remoteWorkers'
import { until } from '../../support/until'

const spec: RunSpec = {
  id: 'w',
  name: 'w',
  command: ['sh'],
  cwd: '/',
  env: {},
  cores: 1,
  spoolFile: '/tmp/w',
  maxOutputBytes: 1,
  graceMs: 1,
  niceness: 0,
}

/** @returns how a worker of a pool has ended, and whether that is a crash */
async function endOf(present: Connection | undefined, whileItIsPrepared: () => void): Promise<[RunEnd, boolean]> {
  let isPresent = true
  const workers = new RemoteWorkers({
    host: { config: { files: 'copy' }, isStored: () => true },
    isPresent: () => isPresent,
  })
  let ended: [RunEnd, boolean] | undefined
  const worker: PoolWorker = new PoolWorker(spec, events => workers.start(present, spec, events), {
    changed: () => undefined,
    served: () => undefined,
    ended: end => {
      ended = [end, worker.hasCrashed(end)]
    },
  })
  const returned = { onChange: () => undefined, onEnd: () => undefined, onReturned: () => undefined }
  worker.assign({ id: 'job', input: undefined }, returned)
  whileItIsPrepared()
  isPresent = false
  return until(() => ended, 5000, 'its end')
}

it('while what it needs is sent', async () => {
  const files = new RemoteFiles(() => undefined)
  const left = new LeftFiles(async () => undefined)
  const connection = { hello: { folder: '/there', host: 'lab' }, files, left } as unknown as Connection
  const [end, isCrash] = await endOf(connection, () => files.endAll())
  expect(end.error).toBeUndefined()
  expect(isCrash).toBe(false)
})

it('just before', async () => {
  const [, isCrash] = await endOf(undefined, () => undefined)
  expect(isCrash).toBe(false)
})
