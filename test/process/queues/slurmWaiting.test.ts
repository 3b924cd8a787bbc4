// What is known of a job that waits in a real Slurm, and of the queue that it is in; and how it is cancelled with others.
import { describe, expect, it } from 'vitest'
import { jobsMode, SLURM_LIMIT_MS as LIMIT_MS, type OnSlurm, onSlurm } from '../../support/onSlurm'
import { hasSlurm } from '../../support/slurm'
import { until } from '../../support/until'

describe.runIf(hasSlurm)('a job that waits in Slurm', () => {
  let { slurm, submit, windowWith } = {} as OnSlurm
  onSlurm(given => ({ slurm, submit, windowWith } = given), jobsMode)

  it('says what may help when it does not begin by itself', async () => {
    const window = await windowWith()
    const job = submit(window, 'true', { timeoutSeconds: 100_000 }) // more than its partition allows
    await until(() => job.info.slurm?.reason === 'PartitionTimeLimit', LIMIT_MS, 'a reason')
    expect(job.info).toMatchObject({ state: 'starting', slurm: { state: 'PENDING' } })
    expect(job.info.slurm?.remedy).toContain('a smaller "timeoutSeconds" of the job')
    const queue = () => window.client.summary?.queues?.find(({ name }) => name === 'q')
    const entry = { ofJobs: true, state: 'PENDING', reason: 'PartitionTimeLimit', slots: 1, used: 0 }
    await until(() => queue()?.allocations?.[0]?.reason === entry.reason, LIMIT_MS, 'the state of the queue')
    expect(queue()?.allocations).toEqual([{ ...entry, id: job.info.slurm?.id }])
    await job.cancel()
    expect(job.info.state).toBe('cancelled')
  })

  it('says nothing of help when it only waits for others', async () => {
    const blocker = slurm.run('sbatch', '--parsable', '--exclusive', '--output=/dev/null', '--wrap=sleep 600').trim()
    const window = await windowWith()
    const job = submit(window, 'true')
    await until(() => job.info.slurm?.reason === 'Resources', LIMIT_MS, 'a reason')
    expect(job.info.slurm?.remedy).toBeUndefined()
    slurm.run('scancel', blocker)
    expect(await job.result).toMatchObject({ state: 'succeeded' })
  })

  it('is cancelled with its array, as those of it that run, and others are not', async () => {
    const window = await windowWith()
    const { service } = window.client
    const stays = submit(window, 'exec sleep 600')
    await until(() => stays.info.state === 'running', LIMIT_MS, 'one that stays')
    const others = [1, 2].map(() => submit(window, 'sleep 600', { cores: 4 })) // of seven cores that are left
    await until(() => others.some(({ info }) => info.state === 'running'), LIMIT_MS, 'one that runs')
    await until(() => others.some(({ info }) => info.slurm?.state === 'PENDING'), LIMIT_MS, 'one that waits')
    const allocation = others[0]?.info.slurm?.id.split('_')[0] ?? ''
    await service.endAllocation({ queue: 'q', allocation })
    const ends = await Promise.all(others.map(({ result }) => result))
    expect(ends.map(({ state, endedBy }) => [state, endedBy])).toEqual(ends.map(() => ['cancelled', 'user']))
    expect(stays.info.state).toBe('running')
    await expect(service.endAllocation({ queue: 'q', allocation: '4711' })).rejects.toThrow('has no jobs 4711 in Slurm')
    await stays.cancel()
    expect(slurm.jobs()).toEqual([])
  })
})
